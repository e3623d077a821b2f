package function

import (
	"fmt"
	"testing"
)

func TestReplace(t *testing.T) {
	for _, tc := range []struct{ text, pattern, with, want string }{
		{"a1b22", "[0-9]+", "#", "a#b#"},
		{"ab", "(a)(b)", `\2\1`, "ba"},
		{"ab", "a", `$1\\`, `$1\b`},
		{"ab", "b", `\0\0!`, "abb!"},
		{"ab", "x", "y", "ab"},
	} {
		if got, err := Replace(tc.text, tc.pattern, tc.with); err != nil || got != tc.want {
			t.Errorf("Replace(%q, %q, %q) = %q, %v; want %q", tc.text, tc.pattern, tc.with, got, err, tc.want)
		}
	}
}

// TestBadPatternAndManyPatterns shows that a bad pattern is an error, and that
// more patterns than are kept work too.
func TestBadPatternAndManyPatterns(t *testing.T) {
	if _, err := Matches("(", "a"); err == nil {
		t.Error("a pattern that can't be read is accepted")
	}
	for i := range 2 * maxCached {
		if ok, err := Matches(fmt.Sprintf("^%d$", i), fmt.Sprint(i)); !ok || err != nil {
			t.Fatalf("pattern %d: %v, %v", i, ok, err)
		}
	}
	if n := len(cache.compiled); n > maxCached {
		t.Errorf("%d patterns are kept, want at most %d", n, maxCached)
	}
}
