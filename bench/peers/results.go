package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"
)

// results are those of one run.
type results struct {
	Time      time.Time         `json:"time"`
	Machine   machine           `json:"machine"`
	Versions  map[string]string `json:"versions"`  // of modules
	Databases map[string]string `json:"databases"` // and their versions
	Rounds    int               `json:"rounds"`
	Quick     bool              `json:"quick,omitempty"`
	Compile   *compileCost      `json:"compile_cpu_s,omitempty"`
	Cells     []cell            `json:"cells"`
}

type machine struct {
	OS         string `json:"os"`
	Arch       string `json:"arch"`
	CPU        string `json:"cpu,omitempty"`
	CPUs       int    `json:"cpus"`
	GOMAXPROCS int    `json:"gomaxprocs"`
	Go         string `json:"go"`
}

// cell is one contestant in one workload on one database, with a sample for each
// round.
type cell struct {
	Database   string `json:"database"`
	Workload   string `json:"workload"`
	Title      string `json:"title"`
	Contestant string `json:"contestant"`
	Ops        int    `json:"ops"` // by which a sample is divided
	Samples    []cost `json:"samples"`
}

func newResults(p plan, quick bool) *results {
	r := &results{Time: time.Now().UTC().Truncate(time.Second), Rounds: p.rounds, Quick: quick, Versions: map[string]string{}, Databases: map[string]string{}}
	r.Machine = machine{OS: runtime.GOOS, Arch: runtime.GOARCH, CPU: processor(), CPUs: runtime.NumCPU(), GOMAXPROCS: runtime.GOMAXPROCS(0), Go: runtime.Version()}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			r.Versions[m.Path] = m.Version
		}
	}
	return r
}

// processor is what Linux says of it; "" elsewhere.
func processor() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return ""
	}
	for line := range strings.SplitSeq(string(text), "\n") {
		if name, value, _ := strings.Cut(line, ":"); strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

func (r *results) write(path string) error {
	text, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}

// readResults reads the runs of a directory, the newest first.
func readResults(dir string) ([]*results, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return nil, err
	}
	var runs []*results
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		r := &results{}
		if err := json.Unmarshal(text, r); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		runs = append(runs, r)
	}
	slices.SortStableFunc(runs, func(a, b *results) int { return b.Time.Compare(a.Time) })
	return runs, nil
}

// newest puts together one table of several runs: of each workload on each
// database the newest run that has it, as only samples of one run can be
// compared. The runs are in order, and those from which something was taken are
// returned too.
func newest(runs []*results) (cells []cell, from []*results) {
	type place struct{ database, workload string }
	of := map[place]*results{}
	for _, r := range runs {
		for _, c := range r.Cells {
			at := place{c.Database, c.Workload}
			if of[at] == nil {
				of[at] = r
			}
			if of[at] == r {
				cells = append(cells, c)
				if !slices.Contains(from, r) {
					from = append(from, r)
				}
			}
		}
	}
	return cells, from
}
