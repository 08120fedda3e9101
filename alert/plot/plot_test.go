package plot

import (
	"bytes"
	"image"
	"image/png"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var nan = float32(math.NaN())

func hour(shares ...float32) Figure {
	return Figure{
		Title: "Connections of ENKETO_REDIS_MAIN", Now: "38 of 38",
		From: time.Date(2026, 11, 22, 19, 30, 0, 0, time.UTC), Step: time.Minute, Shares: shares,
	}
}

// drawn is the picture as a browser has it: which colour of the palette is where.
func drawn(t *testing.T, f Figure) *image.Paletted {
	t.Helper()
	b, err := f.PNG()
	if err != nil {
		t.Fatal(err)
	}
	if len(b) > 4<<10 {
		t.Errorf("%d bytes", len(b))
	}
	p, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	if got := p.Bounds(); got != image.Rect(0, 0, Width, Height) {
		t.Errorf("it measures %v", got)
	}
	return p.(*image.Paletted)
}

// rows are where a colour is in a column, from the top.
func rows(p *image.Paletted, x int, colour uint8) (ys []int) {
	for y := range Height {
		if p.ColorIndexAt(x, y) == colour {
			ys = append(ys, y)
		}
	}
	return ys
}

func count(p *image.Paletted, in image.Rectangle, colour uint8) (n int) {
	for x := in.Min.X; x < in.Max.X; x++ {
		for y := in.Min.Y; y < in.Max.Y; y++ {
			if p.ColorIndexAt(x, y) == colour {
				n++
			}
		}
	}
	return n
}

// Half of the limit is half as high above the axis, and all of it is on the limit's dashes.
func TestLineAndLimit(t *testing.T) {
	p := drawn(t, hour(slices.Repeat([]float32{0.5}, 60)...))
	full := rows(p, margin+1, limit) // the word stands further up
	at := full[len(full)-1]
	floor := rows(p, margin+1, axis)[0]
	for _, x := range []int{margin, Width / 2, Width - margin - 1} {
		ys := rows(p, x, line)
		if len(ys) != stroke || ys[0]-(at+floor)/2 > 1 || (at+floor)/2-ys[0] > 1 {
			t.Errorf("at %d the line is in rows %v, want it between the limit's %d and the axis's %d", x, ys, at, floor)
		}
	}
	dashes, gaps := 0, 0
	for x := margin; x < Width-margin; x++ {
		switch p.ColorIndexAt(x, at) {
		case limit:
			dashes++
		case ground:
			gaps++
		}
	}
	if dashes < gaps || gaps < 200 {
		t.Errorf("%d pixels of the limit's line and %d between them", dashes, gaps)
	}
	if p.ColorIndexAt(0, 0) != ground || p.ColorIndexAt(Width-1, Height-1) != ground {
		t.Error("the corners aren't of the ground's colour")
	}
	if r, g, b, _ := p.Palette[ground].RGBA(); min(r, g, b) < 0xf000 {
		t.Error("the ground isn't light")
	}

	over := drawn(t, hour(slices.Repeat([]float32{3}, 60)...))
	if ys, at := rows(over, margin+1, line), rows(over, margin+1, limit); ys[0] < top || ys[0] >= at[len(at)-1] {
		t.Errorf("three times the limit is in row %d, the limit in %v, the field begins at %d", ys[0], at, top)
	}
}

// Over a gap there is no line, but for one so short that the figure may just not have been told.
func TestGaps(t *testing.T) {
	shares := slices.Repeat([]float32{0.5}, 60)
	for i := 10; i < 10+bridged-1; i++ {
		shares[i] = nan
	}
	for i := 30; i < 40; i++ {
		shares[i] = nan
	}
	p := drawn(t, hour(shares...))
	column := func(i int) int { return margin + i*(Width-2*margin)/59 }
	for i, want := range map[int]bool{10: true, 20: true, 35: false, 50: true} {
		if got := len(rows(p, column(i), line)) > 0; got != want {
			t.Errorf("a line at minute %d: %v, want %v", i, got, want)
		}
	}
}

// What it is and how high it was stand above the field, the times of its ends below.
func TestText(t *testing.T) {
	upper, lower := image.Rect(0, 0, Width, top), image.Rect(0, bottom+1, Width, Height)
	f := hour(0.4, 1.03)
	p := drawn(t, f)
	for _, in := range []image.Rectangle{upper, lower} {
		left, right := in, in
		left.Max.X, right.Min.X = Width/4, Width*3/4
		if count(p, left, ink) < 50 || count(p, right, ink) < 50 {
			t.Errorf("no text in %v", in)
		}
	}
	for name, change := range map[string]func(f *Figure){
		"title": func(f *Figure) { f.Title = "Memory of web.1" },
		"now":   func(f *Figure) { f.Now = "37 of 38" },
		"most":  func(f *Figure) { f.Shares = []float32{0.4, 1.04} },
		"times": func(f *Figure) { f.From = f.From.Add(time.Minute) },
	} {
		other := f
		change(&other)
		if q := drawn(t, other); slices.Equal(p.Pix[:top*Width], q.Pix[:top*Width]) && slices.Equal(p.Pix[bottom*Width:], q.Pix[bottom*Width:]) {
			t.Errorf("with another %s the text is the same", name)
		}
	}
	f.Title = "a name without end a name without end a name without end a name without end a name without end"
	gap := image.Rect(Width-margin-letter*len("at most 103 %")-letter, 0, Width-margin-letter*len("at most 103 %"), top)
	if count(drawn(t, f), gap, ink) > 0 {
		t.Error("a long title runs into what stands beside it")
	}
}

func TestWords(t *testing.T) {
	f := hour(nan, 0.4, 1.03, nan, 1)
	want := "Connections of ENKETO_REDIS_MAIN, from 19:30 to 19:35 UTC: 38 of 38 now, 40 % of the limit at first, 103 % at most."
	if diff := cmp.Diff(want, f.Words()); diff != "" {
		t.Error(diff)
	}
	for _, f := range []struct {
		shares []float32
		want   bool
	}{{nil, false}, {[]float32{nan, nan}, false}, {[]float32{nan, 0.5}, false}, {[]float32{0.5, nan, 0}, true}} {
		if got := hour(f.shares...).Known(); got != f.want {
			t.Errorf("%v known: %v", f.shares, got)
		}
	}
}

// Whatever a log says, there is a picture, and it is small.
func TestAnyFigure(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		f := Figure{
			Title: rapid.String().Draw(rt, "title"), Now: rapid.StringN(0, 300, -1).Draw(rt, "now"), Step: time.Minute,
			Shares: rapid.SliceOfN(rapid.OneOf(rapid.Float32(), rapid.SampledFrom([]float32{nan, float32(math.Inf(1)), -1, 0, 1})), 0, 200).Draw(rt, "shares"),
		}
		drawn(t, f)
	})
}
