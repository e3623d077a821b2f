package examples

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// together runs several programs at once, all of which create the same tables,
// and returns what they print, sorted.
func together(t *testing.T, program string, args ...string) []string {
	t.Helper()
	const programs = 6
	results := make([]result, programs)
	var wg sync.WaitGroup
	for i := range programs {
		wg.Go(func() { results[i] = run(t, program, args...) })
	}
	wg.Wait()
	var lines []string
	for _, r := range results {
		lines = append(lines, strings.Fields(r.stdout)...)
		if r.failed {
			t.Errorf("a program failed: %s", r.stderr)
		}
	}
	slices.Sort(lines)
	return lines
}

// numbers are n numbers in the order of their texts.
func numbers(start, step, n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprint(start + i*step)
	}
	slices.Sort(list)
	return list
}

func TestQuickstartManyAtOnce(t *testing.T) {
	kept(t, func(t *testing.T, url string) {
		if diff := cmp.Diff(together(t, "quickstart", "-db", url), numbers(1, 1, 6)); diff != "" {
			t.Errorf("got, then want:\n%s", diff)
		}
	})
}

func TestSequenceManyAtOnce(t *testing.T) {
	kept(t, func(t *testing.T, url string) {
		if diff := cmp.Diff(together(t, "sequence", "-db", url, "-increment", "5"), numbers(100, 5, 12)); diff != "" {
			t.Errorf("got, then want:\n%s", diff)
		}
	})
}
