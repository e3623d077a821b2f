package soak

import (
	"os"
	"path/filepath"
	"testing"
)

func TestCount(t *testing.T) {
	for _, c := range []struct {
		soak       string
		full, want int
	}{{"", 1000, 10}, {"", 1001, 11}, {"", 5, 1}, {"", 0, 1}, {"0", 1000, 10}, {"1", 1000, 1000}} {
		t.Setenv("ALKAHEST_SOAK", c.soak)
		if got := Count(c.full); got != c.want {
			t.Errorf("Count(%d) with ALKAHEST_SOAK=%s: got %d, want %d", c.full, c.soak, got, c.want)
		}
	}
}

func TestSeed(t *testing.T) {
	t.Setenv("ALKAHEST_SEED", "18446744073709551615")
	if got := Seed(t); got != 1<<64-1 {
		t.Errorf("got %d, want the seed of the environment", got)
	}
	t.Setenv("ALKAHEST_SEED", "")
	if a, b := Seed(t), Seed(t); a == b {
		t.Errorf("got %d twice, want a fresh seed each time", a)
	}
}

func TestReport(t *testing.T) {
	path := filepath.Join(t.TempDir(), "report")
	t.Setenv("ALKAHEST_SOAK_REPORT", path)
	Report(t, "first", 10, 0, 7)
	Report(t, "second/part", 1, 1, 8)
	got, err := os.ReadFile(path)
	if want := "soak: first count=10 wrong=0 seed=7\nsoak: second/part count=1 wrong=1 seed=8\n"; err != nil || string(got) != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
	t.Setenv("ALKAHEST_SOAK_REPORT", "")
	Report(t, "third", 1, 0, 9) // to the log alone
}
