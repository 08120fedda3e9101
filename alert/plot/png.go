package plot

import (
	"bytes"
	"image"
	"image/color"
	"image/png"

	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"
)

// The picture's measures, pixels. Slack shows a picture as it is up to 360 of width and scales what is
// wider.
const (
	Width, Height = 480, 160

	margin = 8
	top    = 24           // of the field, below a line of text
	bottom = Height - 22  // … and above one
	letter = 7            // width of a letter
	dash   = 6            // of the limit's line, and its gaps
	stroke = 2            // thickness of the line
	room   = float32(1.2) // the highest share there is room for, unless one is higher
)

// bridged is over how many steps without a figure the line goes on: Redis tells its figures less often
// than there are steps.
const bridged = 3

// What is drawn with which colour of the picture's palette.
const (
	ground = iota
	ink
	axis
	limit
	line
)

func palette() color.Palette {
	return color.Palette{
		ground: color.RGBA{0xff, 0xff, 0xff, 0xff},
		ink:    color.RGBA{0x33, 0x33, 0x33, 0xff},
		axis:   color.RGBA{0xcc, 0xcc, 0xcc, 0xff},
		limit:  color.RGBA{0xc2, 0x41, 0x0c, 0xff},
		line:   color.RGBA{0x1d, 0x4e, 0xd8, 0xff},
	}
}

// PNG draws the figure. It fails only if it can't be encoded.
func (f Figure) PNG() ([]byte, error) {
	c := canvas{image.NewPaletted(image.Rect(0, 0, Width, Height), palette())}
	_, most := f.extremes()
	highest := "at most " + percent(most)
	c.text(margin, 16, fit(f.Title+": "+f.Now, (Width-3*margin)/letter-len(highest)), ink)
	c.text(Width-margin-letter*len(highest), 16, highest, ink)
	c.text(margin, Height-7, clock(f.From), ink)
	last := clock(f.to()) + " UTC"
	c.text(Width-margin-letter*len(last), Height-7, last, ink)

	c.fill(margin, bottom, Width-margin, bottom+1, axis)
	ceiling := max(room, 1.1*most)
	y := func(share float32) int { return bottom - 1 - int(share/ceiling*(bottom-top)) }
	for x := margin; x < Width-margin; x += 2 * dash {
		c.fill(x, y(1), min(x+dash, Width-margin), y(1)+1, limit)
	}
	c.text(margin, y(1)-3, "limit", limit)
	f.trace(c, y)

	var out bytes.Buffer
	err := png.Encode(&out, c.Paletted)
	return out.Bytes(), err
}

// trace draws the line. A figure that stands alone is a dot.
func (f Figure) trace(c canvas, y func(float32) int) {
	x := func(i int) int { return margin + i*(Width-2*margin-stroke)/max(1, len(f.Shares)-1) }
	before := -1 - bridged
	for i, share := range f.Shares {
		if !isKnown(share) {
			continue
		}
		from := i
		if i-before <= bridged {
			from = before
		}
		c.stroke(x(from), y(f.Shares[from]), x(i), y(share))
		before = i
	}
}

// canvas is a picture with colours by number.
type canvas struct{ *image.Paletted }

// fill paints what is left of x1 and above y1, from x0 and y0 on.
func (c canvas) fill(x0, y0, x1, y1 int, ink uint8) {
	for y := y0; y < y1; y++ {
		for x := x0; x < x1; x++ {
			c.SetColorIndex(x, y, ink)
		}
	}
}

// stroke draws a straight piece of the line.
func (c canvas) stroke(x0, y0, x1, y1 int) {
	steps := max(x1-x0, max(y1-y0, y0-y1), 1)
	for i := range steps + 1 {
		x, y := x0+(x1-x0)*i/steps, y0+(y1-y0)*i/steps
		c.fill(x, y, x+stroke, y+stroke, line)
	}
}

// text writes from x on, standing on y.
func (c canvas) text(x, y int, s string, ink uint8) {
	d := font.Drawer{Dst: c.Paletted, Src: image.NewUniform(c.Palette[ink]), Face: basicfont.Face7x13, Dot: fixed.P(x, y)}
	d.DrawString(s)
}

// fit cuts what is longer than n letters.
func fit(s string, n int) string {
	if letters := []rune(s); len(letters) > n {
		return string(letters[:n-2]) + ".."
	}
	return s
}
