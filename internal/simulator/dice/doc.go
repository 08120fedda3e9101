// Package dice is the simulator's randomness. The same seed rolls the same numbers in the same
// order, so a run whose parts roll in one order can be repeated.
//
// A Dice is safe for concurrent use. It is no source of secrets outside the simulator.
package dice
