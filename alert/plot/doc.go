// Package plot draws how a figure went against its limit, as a small picture for those who read of an
// incident on a telephone.
//
// [Figure.PNG] is 480 × 160 pixels of a few colours on a light ground, some kB: the figure as a line, its
// limit as a dashed one, what it is and how it stands now, the highest it was, and the times of both ends. [Figure.Words] says
// the same to those who can't see it. Both are pure functions of the Figure: the same gives the same.
//
// Text is drawn with the letters of ASCII; any other is shown as a box. Nothing is redacted here.
package plot
