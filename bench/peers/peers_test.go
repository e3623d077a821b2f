package main

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alkahest-go/alkahest/internal/testdb"
)

func testPlan(t *testing.T) plan {
	return plan{rounds: 1, sizes: testSizes(), chunk: 50, say: func(string, ...any) {}}
}

func open(t *testing.T, name string) *database {
	t.Helper()
	d, err := openDatabase(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// Every contestant does every workload that it has a way for, at small counts,
// on every database, and what it leaves is checked: the id of each object is that
// of its row, and each row and object is what it should be.
func TestEveryContestantDoesEveryWorkload(t *testing.T) {
	for product, url := range map[string]func() string{
		onSQLite:     func() string { return onSQLite },
		onPostgreSQL: func() string { return testdb.PG15(t) },
		onMariaDB:    func() string { return testdb.MariaDB(t) },
	} {
		t.Run(product, func(t *testing.T) {
			d := open(t, url())
			cells, err := measure(t.Context(), d, testPlan(t))
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range cells {
				if len(c.Samples) != 1 || c.Samples[0].Wall <= 0 {
					t.Errorf("%s %s: the samples are %v", c.Workload, c.Contestant, c.Samples)
				}
			}
			var names []string
			for _, c := range cells {
				if !slices.Contains(names, c.Contestant) {
					names = append(names, c.Contestant)
				}
			}
			want := []string{baseName, "driver alone", "Alkahest Core", "Alkahest session", "GORM", "GORM prepared", "bun", "ent", "xorm", "sqlx", "sqlc style"}
			if product == onSQLite {
				want = slices.Insert(want, 1, baseName+" (cgo)")
			}
			if !slices.Equal(names, want) {
				t.Errorf("the contestants are %q, want %q", names, want)
			}
			// Who is the measure, and the library, have to do all.
			for _, who := range []string{baseName, "Alkahest session"} {
				for key := range testSizes() {
					if !slices.ContainsFunc(cells, func(c cell) bool { return c.Contestant == who && c.Workload == key }) {
						t.Errorf("%s did not do %s", who, key)
					}
				}
			}
		})
	}
}

// What is counted as wrong: an id that is another row's, a row that is not what
// was inserted, and one that is missing.
func TestTheRefereeFindsWrongIDs(t *testing.T) {
	ctx := t.Context()
	d := open(t, onSQLite)
	s, err := openByHand(ctx, d, d.driver, d.dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	tr := &trial{size: size{n: 10}, d: d}
	if err := s.insertMany(ctx, tr); err != nil {
		t.Fatal(err)
	}
	if err := inserted(ctx, d, tr); err != nil {
		t.Fatal(err)
	}
	list := tr.rows
	list[3].ID, list[4].ID = list[4].ID, list[3].ID
	if err := inserted(ctx, d, tr); err == nil || !strings.Contains(err.Error(), "has the id 5") {
		t.Errorf("two ids changed places: %v", err)
	}
	list[3].ID, list[4].ID = list[4].ID, list[3].ID
	list[3].Score++
	if err := inserted(ctx, d, tr); err == nil {
		t.Error("a row that is not what was inserted is not noticed")
	}
	list[3].Score--
	if tr.rows = list[:9]; inserted(ctx, d, tr) == nil {
		t.Error("a missing object is not noticed")
	}
	tr.rows = list
	if err := tr.forget(ctx); err != nil {
		t.Fatal(err)
	}
	if err := inserted(ctx, d, tr); err == nil {
		t.Error("missing rows are not noticed")
	}
}

// Contestants take turns within each round, and another one begins each round.
func TestRoundsAreInterleaved(t *testing.T) {
	d := open(t, onSQLite)
	var order []string
	entrants := []entrant{}
	for _, name := range []string{"one", "two", "three"} {
		do := func(_ context.Context, tr *trial) error {
			order = append(order, name)
			tr.rows = storedRows(tr.n)
			return tr.spend(func() error { return nil })
		}
		entrants = append(entrants, entrant{contestant{name: name}, &tasks{get: do}})
	}
	entrants = append(entrants, entrant{contestant{name: "cannot"}, &tasks{}})
	w := workloads[slices.IndexFunc(workloads, func(w workload) bool { return w.key == "d" })]
	p := testPlan(t)
	p.rounds, p.warmed = 3, true
	cells, err := w.compare(t.Context(), d, p, entrants)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(order, " "), "one two three two three one three one two one two three"; got != want {
		t.Errorf("the order was %s, want %s", got, want)
	}
	if len(cells) != 3 || len(cells[0].Samples) != 3 {
		t.Errorf("there are %d cells, the first with %d samples, want three each: the first round only warms up", len(cells), len(cells[0].Samples))
	}
}

// One command measures, prints a table with — for what a contestant has no way
// for, and writes the samples to a file.
func TestCommandWritesTableAndSamples(t *testing.T) {
	path := filepath.Join(t.TempDir(), "results", "run.json")
	var out, progress bytes.Buffer
	args := []string{"-db", onSQLite, "-only", "jl", "-who", "database/sql,Alkahest Core,Alkahest session", "-rounds", "2", "-quick", "-json", path}
	if err := command(t.Context(), args, &out, &progress); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"| | database/sql | Alkahest Core | Alkahest session |", "| j delete 200 | **", "| l flush of 2000 objects of which 20 changed | **"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, out.String())
		}
	}
	if !strings.Contains(out.String(), "| — |") {
		t.Errorf("what the Core has no way for is not shown as —:\n%s", out.String())
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var r results
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	if len(r.Cells) != 5 || r.Machine.Go == "" || r.Databases[onSQLite] == "" || r.Versions["modernc.org/sqlite"] == "" {
		t.Errorf("the file holds %d cells, %+v, %v and %d versions", len(r.Cells), r.Machine, r.Databases, len(r.Versions))
	}
	for _, c := range r.Cells {
		if len(c.Samples) != 2 || c.Samples[1].Wall <= 0 || c.Samples[1].Allocs == 0 {
			t.Errorf("%s of %s has the samples %v", c.Workload, c.Contestant, c.Samples)
		}
	}
}

// The report takes of each workload the newest run that has it, and says where
// there are none how to measure.
func TestReportIsOfTheNewestRuns(t *testing.T) {
	dir := t.TempDir()
	readme := filepath.Join(dir, "README.md")
	if err := os.WriteFile(readme, []byte("# X\n\n"+begin+"\nold\n"+end+"\nrest\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	read := func() string {
		t.Helper()
		if err := report(filepath.Join(dir, "results"), readme, "", nil); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(readme)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	if got, want := read(), "# X\n\n"+begin+"\n"+nothingYet+"\n"+end+"\nrest\n"; got != want {
		t.Errorf("without results the file is\n%s", got)
	}
	at := func(day int, key string, base, session time.Duration) {
		t.Helper()
		r := &results{Time: time.Date(2026, 1, day, 0, 0, 0, 0, time.UTC), Rounds: 1, Databases: map[string]string{onSQLite: "3"}}
		for name, took := range map[string]time.Duration{baseName: base, "Alkahest session": session} {
			r.Cells = append(r.Cells, cell{Database: onSQLite, Workload: key, Title: "title of " + key, Contestant: name, Ops: 1, Samples: []cost{{Wall: took, CPU: took}}})
		}
		if err := r.write(filepath.Join(dir, "results", fmt.Sprintf("%d.json", day))); err != nil {
			t.Fatal(err)
		}
	}
	at(1, "a", 10*time.Millisecond, 90*time.Millisecond)
	at(1, "b", 10*time.Millisecond, 20*time.Millisecond)
	at(2, "a", 10*time.Millisecond, 5*time.Millisecond)
	got := read()
	for _, want := range []string{"![Time", "(results/peers.svg)", "| a title of a | 10.00 ms | 0.50 |", "| b title of b | 10.00 ms | 2.00 |", "\nrest\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("the file lacks %q:\n%s", want, got)
		}
	}
	picture, err := os.ReadFile(filepath.Join(dir, "results", "peers.svg"))
	if err != nil {
		t.Fatal(err)
	}
	for decoder := xml.NewDecoder(bytes.NewReader(picture)); ; {
		if _, err := decoder.Token(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatalf("the picture: %v", err)
		}
	}
	if !strings.Contains(string(picture), "Alkahest session: 0.50") || !strings.Contains(string(picture), "prefers-color-scheme:dark") {
		t.Error("the picture lacks a mark, or colours for dark pages")
	}
}

// Reading and inserting are measured at three sizes, and a stream with the memory
// that it takes at most.
func TestGrowthAndStreamAreMeasured(t *testing.T) {
	for i, want := range []int{10_000, 100_000, 1_000_000} {
		for _, kind := range []string{"c", "f"} {
			if z := fullSizes()[kind+string(rune('4'+i))]; z.n != want || z.ops != want {
				t.Errorf("%s%d has %d rows, by which %d its time is divided", kind, i+4, z.n, z.ops)
			}
		}
	}
	if z := fullSizes()["s"]; z.n != 1_000_000 {
		t.Errorf("the stream has %d rows", z.n)
	}
	d := open(t, onSQLite)
	p := testPlan(t)
	p.only, p.who = "s", baseName+",Alkahest Core,Alkahest session"
	p.sizes["s"] = size{n: 20_000, rows: 20_000, ops: 20_000}
	cells, err := measure(t.Context(), d, p)
	if err != nil {
		t.Fatal(err)
	}
	if len(cells) != 3 {
		t.Fatalf("%d contestants streamed, want 3", len(cells))
	}
	for _, c := range cells {
		if c.Samples[0].Peak == 0 {
			t.Errorf("%s: no peak was seen", c.Contestant)
		}
	}
}

// Who is registered takes part, and nothing else has to know of it. What it has
// no way for it is not asked for.
func TestAContestantIsOneFile(t *testing.T) {
	before := slices.Clone(registered)
	defer func() { registered = before }()
	register(contestant{name: "another", place: 99, open: func(context.Context, *database) (*tasks, error) {
		get := func(_ context.Context, id int64) (*Row, error) { return storedRows(int(id))[id-1], nil }
		return &tasks{get: getting(get, same), close: func() error { return nil }}, nil
	}})
	d := open(t, onSQLite)
	p := testPlan(t)
	p.only, p.who = "df", baseName+",another"
	cells, err := measure(t.Context(), d, p)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for _, tb := range tables(cells) {
		tb.write(&out)
	}
	if !strings.Contains(out.String(), "| | database/sql | another |") || !strings.Contains(out.String(), "| — |") {
		t.Errorf("the table is\n%s", out.String())
	}
}

// A profile of what was measured is written.
func TestProfile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cpu.out")
	var out, progress bytes.Buffer
	args := []string{"-db", onSQLite, "-only", "j", "-who", "Alkahest session", "-rounds", "1", "-quick", "-cpuprofile", path}
	if err := command(t.Context(), args, &out, &progress); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Size() == 0 {
		t.Errorf("the profile: %v, %v", info, err)
	}
}
