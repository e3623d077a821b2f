package main

import (
	"cmp"
	"fmt"
	"html"
	"math"
	"slices"
	"strings"
)

// The measures of the picture.
const (
	pictureWidth = 900
	labelWidth   = 330
	rightMargin  = 24
	rowHeight    = 30
	panelHead    = 50
	legendHeight = 70
	// letterWidth is what a letter needs for itself, and laneHeight how far letters
	// that would be in each other's way are put above and below.
	letterWidth = 10
	laneHeight  = 9.5
	// farthest is where the axis ends; what is beyond stands at its end.
	farthest = 10
)

// style has colours for light and dark pages.
const style = `<style>
text{font:12px system-ui,-apple-system,"Segoe UI",sans-serif;fill:#24292f}
.head{font-weight:600;font-size:14px}.axis{fill:#656d76;font-size:11px}.peer{fill:#656d76;font-size:11px;font-weight:600;text-anchor:middle}
.grid{stroke:#d0d7de;stroke-width:1}.base{stroke:#24292f;stroke-width:1.5}.limit{stroke:#9a6700;stroke-width:3}
.session{fill:#0969da}.core{fill:none;stroke:#0969da;stroke-width:2}
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.axis,.peer{fill:#9198a1}.grid{stroke:#30363d}.base{stroke:#e6edf3}.limit{stroke:#d29922}.session{fill:#4493f8}.core{stroke:#4493f8}}
</style>
`

// scale is the axis of ratios, which is logarithmic.
type scale struct{ from, to float64 }

func (s scale) x(v float64) float64 {
	at := (math.Log(v) - math.Log(s.from)) / (math.Log(s.to) - math.Log(s.from))
	return labelWidth + math.Min(math.Max(at, 0), 1)*(pictureWidth-labelWidth-rightMargin)
}

// draw makes the picture: a panel for each database, a line for each workload,
// a mark for each contestant.
func draw(list []*table) string {
	s := scaleOf(list)
	var b strings.Builder
	y := float64(legendHeight)
	var body strings.Builder
	for _, t := range list {
		y = drawPanel(&body, t, s, y)
	}
	fmt.Fprintf(&b, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %.0f\" width=\"%d\" height=\"%.0f\" role=\"img\">\n", pictureWidth, y, pictureWidth, y)
	b.WriteString("<title>Time of each workload as a ratio to hand-written database/sql</title>\n" + style)
	drawLegend(&b, list)
	b.WriteString(body.String() + "</svg>\n")
	return b.String()
}

// scaleOf spans what there is, and at least from a quarter to four times.
func scaleOf(list []*table) scale {
	s := scale{0.25, 4}
	for _, t := range list {
		for _, w := range t.rows {
			for _, name := range t.columns {
				if v, ok := t.ratioOf(w, name); ok {
					s.from, s.to = math.Min(s.from, v*0.9), math.Min(math.Max(s.to, v*1.1), farthest)
				}
			}
		}
	}
	return s
}

// ratioOf is what a mark stands for.
func (t *table) ratioOf(w workload, name string) (float64, bool) {
	base, ok := t.cell(w, baseName)
	c, ok2 := t.cell(w, name)
	if !ok || !ok2 || growing(w.key) {
		return 0, false
	}
	v := c.against(base, wall)
	return v, v > 0
}

func drawPanel(b *strings.Builder, t *table, s scale, y float64) float64 {
	shown := slices.DeleteFunc(slices.Clone(t.rows), func(w workload) bool { return growing(w.key) })
	bottom := y + panelHead + float64(len(shown)*rowHeight)
	fmt.Fprintf(b, "<text class=\"head\" x=\"0\" y=\"%.0f\">%s</text>\n", y+16, productNames[t.database])
	for _, tick := range []float64{0.03, 0.06, 0.12, 0.25, 0.5, 1, 2, 4, 8} {
		if tick < s.from || tick > s.to {
			continue
		}
		class := "grid"
		if tick == 1 {
			class = "base"
		}
		fmt.Fprintf(b, "<line class=\"%s\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.0f\" y2=\"%.0f\"/>\n", class, s.x(tick), s.x(tick), y+panelHead-12, bottom-4)
		fmt.Fprintf(b, "<text class=\"axis\" text-anchor=\"middle\" x=\"%.1f\" y=\"%.0f\">%g</text>\n", s.x(tick), y+panelHead-18, tick)
	}
	for i, w := range shown {
		middle := y + panelHead + float64(i*rowHeight) + 8
		fmt.Fprintf(b, "<text x=\"0\" y=\"%.0f\">%s %s</text>\n", middle+4, w.key, html.EscapeString(t.title(w)))
		for _, m := range t.marks(w, s) {
			drawMark(b, m.name, m.x, middle+m.lane*laneHeight, fmt.Sprintf("%s: %.2f", m.name, m.ratio))
		}
	}
	return bottom + 14
}

// mark is a contestant's place in a line of the picture.
type mark struct {
	name     string
	ratio, x float64
	lane     float64 // -1 is above, 1 below
}

// marks are those of a workload, with the library's last, so that they are on
// top. Letters give way to what is there already.
func (t *table) marks(w workload, s scale) []mark {
	var letters, shapes []mark
	for _, name := range t.columns {
		v, ok := t.ratioOf(w, name)
		if !ok || name == baseName {
			continue
		}
		if m := (mark{name: name, ratio: v, x: s.x(v)}); len(markOf(name)) > 1 {
			shapes = append(shapes, m)
		} else {
			letters = append(letters, m)
		}
	}
	slices.SortFunc(letters, func(a, b mark) int { return cmp.Compare(a.x, b.x) })
	taken := slices.Clone(shapes)
	for i := range letters {
		for _, lane := range []float64{0, -1, 1} {
			letters[i].lane = lane
			if !slices.ContainsFunc(taken, func(m mark) bool { return m.lane == lane && math.Abs(m.x-letters[i].x) < letterWidth }) {
				break
			}
		}
		taken = append(taken, letters[i])
	}
	return append(letters, shapes...)
}

// markOf is how a contestant is drawn.
func markOf(name string) string {
	for _, c := range registered {
		if c.name == name && c.mark != "" {
			return c.mark
		}
	}
	return name[:1]
}

// drawMark draws the library's as a dot and a ring, the driver's limit as a bar,
// and that of another by its letter.
func drawMark(b *strings.Builder, name string, x, y float64, title string) {
	tip := "<title>" + html.EscapeString(title) + "</title>"
	switch mark := markOf(name); mark {
	case "dot":
		fmt.Fprintf(b, "<circle class=\"session\" cx=\"%.1f\" cy=\"%.1f\" r=\"5.5\">%s</circle>\n", x, y, tip)
	case "ring":
		fmt.Fprintf(b, "<circle class=\"core\" cx=\"%.1f\" cy=\"%.1f\" r=\"5\">%s</circle>\n", x, y, tip)
	case "bar":
		fmt.Fprintf(b, "<line class=\"limit\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\">%s</line>\n", x, x, y-7, y+7, tip)
	default:
		fmt.Fprintf(b, "<text class=\"peer\" x=\"%.1f\" y=\"%.1f\">%s%s</text>\n", x, y+4, html.EscapeString(mark), tip)
	}
}

func drawLegend(b *strings.Builder, list []*table) {
	b.WriteString("<text class=\"axis\" x=\"0\" y=\"14\">time as a ratio to hand-written database/sql with prepared statements (the line at 1); left is faster; at the right end: more than 10</text>\n")
	var names []string
	for _, t := range list {
		for _, name := range t.columns {
			if name != baseName && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	x, y := 8.0, 34.0
	for _, name := range names {
		width := 30 + 7*float64(len(name))
		if x+width > pictureWidth {
			x, y = 8, y+20
		}
		drawMark(b, name, x, y, name)
		fmt.Fprintf(b, "<text x=\"%.1f\" y=\"%.1f\">%s</text>\n", x+10, y+4, html.EscapeString(name))
		x += width
	}
}
