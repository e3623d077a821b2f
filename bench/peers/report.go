package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// The markers in the file that gets the table.
const (
	begin = "<!-- bench: make bench-report writes what is between these lines -->"
	end   = "<!-- bench: end -->"
)

const nothingYet = "How fast it is beside hand-written `database/sql`, GORM, bun, ent, xorm, sqlx and code as of sqlc is measured by `make bench`, on your machine and your servers;\n" +
	"`make bench-report` then puts table and picture here. [bench/README.md](bench/README.md) tells what is compared, and by which rules."

// report makes the tables and the picture of the newest results in dir. The
// picture and the file of all tables are beside the results, unless picture says
// otherwise. Where there are no results it says so.
func report(dir, readme, picture string, out io.Writer) error {
	runs, err := readResults(dir)
	if err != nil {
		return err
	}
	text := nothingYet
	if len(runs) > 0 {
		cells, from := newest(runs)
		list := tables(cells)
		if picture == "" {
			picture = filepath.Join(dir, "peers.svg")
		}
		if err := os.WriteFile(picture, []byte(draw(list)), 0o644); err != nil {
			return err
		}
		all := filepath.Join(dir, "tables.md")
		if err := os.WriteFile(all, []byte(fullTables(list, from)), 0o644); err != nil {
			return err
		}
		if text, err = summary(list, from, readme, picture, all); err != nil {
			return err
		}
		if c := lastCompiled(runs); c != nil {
			text += "\n" + c.String() + "\n"
		}
	}
	if readme == "" {
		_, err := fmt.Fprintln(out, text)
		return err
	}
	return between(readme, text)
}

// between replaces what is between the markers.
func between(file, text string) error {
	old, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	before, rest, ok := strings.Cut(string(old), begin+"\n")
	_, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		return fmt.Errorf("%s lacks the lines %q and %q", file, begin, end)
	}
	return os.WriteFile(file, []byte(before+begin+"\n"+strings.TrimRight(text, "\n")+"\n"+end+after), 0o644)
}

// summary is what the README says: the picture and the ratios of time of the
// workloads from a to m.
func summary(list []*table, from []*results, readme, picture, all string) (string, error) {
	var b strings.Builder
	link := func(to string) (string, error) {
		from, err := filepath.Abs(filepath.Dir(readme))
		if err != nil {
			return "", err
		}
		if to, err = filepath.Abs(to); err != nil {
			return "", err
		}
		rel, err := filepath.Rel(from, to)
		return filepath.ToSlash(rel), err
	}
	pic, err := link(picture)
	if err != nil {
		return "", err
	}
	more, err := link(all)
	if err != nil {
		return "", err
	}
	fmt.Fprintf(&b, "![Time of each workload as a ratio to hand-written database/sql, for each database](%s)\n\n", pic)
	fmt.Fprintf(&b, "Time as a ratio to hand-written `database/sql` with prepared statements (the first column is its time), medians. %s\n", strings.Join(origins(from), "; "))
	fmt.Fprintf(&b, "[More](%s): processor time, allocations, growth, memory. [How it is measured](bench/README.md).\n", more)
	for _, t := range list {
		fmt.Fprintf(&b, "\n**%s**\n\n", productNames[t.database])
		small := *t
		small.rows = slices.DeleteFunc(slices.Clone(t.rows), func(w workload) bool { return growing(w.key) })
		small.grid(&b, func(w workload, name string, c cell) string {
			base, ok := t.cell(w, baseName)
			if name == baseName || !ok {
				return duration(c.perOp(wall))
			}
			return number(c.against(base, wall))
		})
	}
	return b.String(), nil
}

// origins say where results are from.
func origins(from []*results) []string {
	var list []string
	for _, r := range from {
		var dbs []string
		for _, product := range []string{onSQLite, onPostgreSQL, onMariaDB} {
			if v := r.Databases[product]; v != "" {
				version, _, _ := strings.Cut(v, " on ")
				dbs = append(dbs, productNames[product]+" "+strings.TrimPrefix(version, "PostgreSQL "))
			}
		}
		quick := ""
		if r.Quick {
			quick = ", small counts"
		}
		list = append(list, fmt.Sprintf("%s, %d rounds of %s%s, %s, %d processors (%s), %s/%s, on %s",
			r.Time.Format("2 January 2006"), r.Rounds, strings.Join(r.workloads(), " "), quick, r.Machine.Go, r.Machine.CPUs, r.Machine.CPU, r.Machine.OS, r.Machine.Arch, strings.Join(dbs, ", ")))
	}
	return list
}

// workloads are the keys of those that were measured.
func (r *results) workloads() []string {
	var keys []string
	for _, c := range r.Cells {
		if !slices.Contains(keys, c.Workload) {
			keys = append(keys, c.Workload)
		}
	}
	return keys
}

// fullTables is the page of all tables.
func fullTables(list []*table, from []*results) string {
	var b strings.Builder
	b.WriteString("# Results\n\nMade by `make bench-report` of the files in this directory. [How it is measured, and how to read it](../README.md#peers-a-session-beside-other-libraries).\n\n")
	for i, o := range origins(from) {
		fmt.Fprintf(&b, "- %s\n", o)
		if i > 0 {
			continue
		}
		for _, c := range registered {
			if v := from[0].Versions[c.module]; c.module != "" && v != "" {
				fmt.Fprintf(&b, "- %s: %s %s\n", c.name, c.module, v)
			}
		}
	}
	for _, t := range list {
		t.write(&b)
	}
	return b.String()
}
