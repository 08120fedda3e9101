// Package regression fits a sum of non-negative shares, y = x·β with β ≥ 0, to a few noisy points, and says
// how far off it may be.
//
// The fit is Huber's: least squares near the line, absolute distances beyond, so that a few points that are
// wholly off pull little. What the points leave open stays open: [Fit.At] then tells an interval of
// thousands. Its half-width is for 95 % and counts on errors that don't depend on x.
//
// It is deterministic, does not depend on the order of the points but for rounding, and keeps none of
// them. A [Fit] never changes; it is safe for concurrent use. It isn't made for many points or columns: a
// fit takes time in points × columns² and columns³.
package regression
