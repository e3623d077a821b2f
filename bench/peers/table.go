package main

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"
)

// table is one database's cells.
type table struct {
	database string
	cells    map[[2]string]cell // by workload and contestant
	columns  []string           // contestants
	rows     []workload
}

// tables sorts cells into one table for each database.
func tables(cells []cell) []*table {
	var list []*table
	for _, product := range []string{onSQLite, onPostgreSQL, onMariaDB} {
		t := &table{database: product, cells: map[[2]string]cell{}}
		for _, c := range cells {
			if c.Database == product && len(c.Samples) > 0 {
				t.cells[[2]string{c.Workload, c.Contestant}] = c
			}
		}
		for _, w := range workloads {
			if slices.ContainsFunc(cells, func(c cell) bool { return c.Database == product && c.Workload == w.key }) {
				t.rows = append(t.rows, w)
			}
		}
		for _, c := range contestantsFor(product, func(string) bool { return true }) {
			if slices.ContainsFunc(cells, func(x cell) bool { return x.Database == product && x.Contestant == c.name }) {
				t.columns = append(t.columns, c.name)
			}
		}
		if len(t.rows) > 0 {
			list = append(list, t)
		}
	}
	return list
}

func (t *table) cell(w workload, name string) (cell, bool) {
	c, ok := t.cells[[2]string{w.key, name}]
	return c, ok
}

func (t *table) title(w workload) string {
	for _, name := range t.columns {
		if c, ok := t.cell(w, name); ok {
			return c.Title
		}
	}
	return w.title
}

// what a cell shows.
func wall(c cost) float64    { return float64(c.Wall) }
func cpu(c cost) float64     { return float64(c.CPU) }
func bytesOf(c cost) float64 { return float64(c.Bytes) }
func allocs(c cost) float64  { return float64(c.Allocs) }
func peak(c cost) float64    { return float64(c.Peak) }

// perOp is the median of what the samples say, for one operation.
func (c cell) perOp(of func(cost) float64) float64 {
	list := make([]float64, len(c.Samples))
	for i, s := range c.Samples {
		list[i] = of(s) / float64(max(c.Ops, 1))
	}
	return median(list)
}

// against is the median of the rounds' ratios to the base.
func (c cell) against(base cell, of func(cost) float64) float64 {
	var list []float64
	for i := range min(len(c.Samples), len(base.Samples)) {
		if r := ratio(of(c.Samples[i]), of(base.Samples[i])); !math.IsNaN(r) {
			list = append(list, r)
		}
	}
	return median(list)
}

func median(list []float64) float64 {
	if len(list) == 0 {
		return math.NaN()
	}
	slices.Sort(list)
	if n := len(list); n%2 == 0 {
		return (list[n/2-1] + list[n/2]) / 2
	}
	return list[len(list)/2]
}

// write writes the tables of one database: of time and the processor, then of
// memory.
func (t *table) write(out io.Writer) {
	fmt.Fprintf(out, "\n**%s**: time, as ratio to %s, and in brackets the ratio of the processor time of this process\n\n", productNames[t.database], baseName)
	t.grid(out, func(w workload, name string, c cell) string {
		base, ok := t.cell(w, baseName)
		if !ok {
			return duration(c.perOp(wall)) + " (" + duration(c.perOp(cpu)) + ")"
		}
		if name == baseName {
			return "**" + duration(c.perOp(wall)) + "**"
		}
		return number(c.against(base, wall)) + " (" + number(c.against(base, cpu)) + ")"
	})
	fmt.Fprintf(out, "\n%s: allocations, and bytes allocated\n\n", productNames[t.database])
	t.grid(out, func(_ workload, _ string, c cell) string {
		return count(c.perOp(allocs)) + " · " + size10(c.perOp(bytesOf))
	})
	t.writePeaks(out)
}

func (t *table) grid(out io.Writer, show func(w workload, name string, c cell) string) {
	fmt.Fprintf(out, "| | %s |\n|---|%s\n", strings.Join(t.columns, " | "), strings.Repeat("---:|", len(t.columns)))
	for _, w := range t.rows {
		fmt.Fprintf(out, "| %s %s |", w.key, t.title(w))
		for _, name := range t.columns {
			text := "—"
			if c, ok := t.cell(w, name); ok {
				text = show(w, name, c)
			}
			fmt.Fprintf(out, " %s |", text)
		}
		fmt.Fprintln(out)
	}
}

func (t *table) writePeaks(out io.Writer) {
	for _, w := range t.rows {
		if !w.peak {
			continue
		}
		var list []string
		for _, name := range t.columns {
			if c, ok := t.cell(w, name); ok {
				list = append(list, fmt.Sprintf("%s %s", name, size10(c.perOp(peak)*float64(c.Ops))))
			}
		}
		fmt.Fprintf(out, "\n%s: growth of the heap at its peak, %s: %s\n", productNames[t.database], t.title(w), strings.Join(list, ", "))
	}
}

var productNames = map[string]string{onSQLite: "SQLite", onPostgreSQL: "PostgreSQL", onMariaDB: "MariaDB"}

func duration(ns float64) string {
	d := time.Duration(ns)
	switch {
	case d >= time.Second:
		return fmt.Sprintf("%.2f s", d.Seconds())
	case d >= time.Millisecond:
		return fmt.Sprintf("%.2f ms", ns/1e6)
	case d >= time.Microsecond:
		return fmt.Sprintf("%.1f µs", ns/1e3)
	default:
		return fmt.Sprintf("%.0f ns", ns)
	}
}

func number(v float64) string {
	if math.IsNaN(v) {
		return "—"
	}
	return fmt.Sprintf("%.2f", v)
}

func count(v float64) string {
	switch {
	case v >= 1e6:
		return fmt.Sprintf("%.2fM", v/1e6)
	case v >= 1e4:
		return fmt.Sprintf("%.1fk", v/1e3)
	case v >= 10:
		return fmt.Sprintf("%.0f", v)
	default:
		return fmt.Sprintf("%.1f", v)
	}
}

func size10(v float64) string {
	switch {
	case v >= 1e9:
		return fmt.Sprintf("%.2f GB", v/1e9)
	case v >= 1e6:
		return fmt.Sprintf("%.1f MB", v/1e6)
	case v >= 1e3:
		return fmt.Sprintf("%.1f kB", v/1e3)
	default:
		return fmt.Sprintf("%.0f B", v)
	}
}
