package repo

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const (
	featureCount = 386
	// featureNames is the SHA-256 of the first cells of docs/features.md, joined by line feeds. A row is never renamed, moved or taken away.
	featureNames = "fa0e030bce16da9b999e4aeed72ccb2c32fa2c2943607001d35a6c787d2b314f"
)

var featureStatus = regexp.MustCompile(`^(?:done: (\w+)|not yet|refused: \S.*)$`)

func TestFeatureList(t *testing.T) {
	const name = "docs/features.md"
	rows, lines := tableRows(t, name)
	tests := testNames(t)
	names := make([]string, len(rows))
	for i, r := range rows {
		names[i] = r[0]
		m := featureStatus.FindStringSubmatch(r[len(r)-1])
		switch {
		case len(r) != 2 || m == nil:
			t.Errorf("%s:%d: got status %q, want `done: TestName`, `not yet` or `refused: reason`", name, lines[i], r[len(r)-1])
		case m[1] != "" && !tests[m[1]]:
			t.Errorf("%s:%d: no test is called %s", name, lines[i], m[1])
		}
	}
	if len(rows) != featureCount {
		t.Errorf("%s: got %d rows, want %d", name, len(rows), featureCount)
	}
	sum := sha256.Sum256([]byte(strings.Join(names, "\n")))
	if got := hex.EncodeToString(sum[:]); got != featureNames {
		t.Errorf("%s: got feature names with sum %s, want %s: restore the rows and their order", name, got, featureNames)
	}
}

// databases are the words of the last cell of docs/promises.md.
var databases = []string{"all", "none", "sqlite", "postgresql", "mariadb", "pgbouncer"}

func TestPromiseList(t *testing.T) {
	const name = "docs/promises.md"
	rows, lines := tableRows(t, name)
	tests := testNames(t)
	seen := map[string]int{}
	for i, r := range rows {
		if len(r) != 3 {
			t.Errorf("%s:%d: got %d cells, want promise, test, databases", name, lines[i], len(r))
			continue
		}
		if first, again := seen[r[0]]; again {
			t.Errorf("%s:%d: the same promise is in line %d", name, lines[i], first)
		}
		seen[r[0]] = lines[i]
		for _, missing := range missingTests(r[1], tests) {
			t.Errorf("%s:%d: got test %q, want `not yet` or names of tests, separated by commas", name, lines[i], missing)
		}
		for word := range strings.SplitSeq(r[2], ", ") {
			if !slices.Contains(databases, word) {
				t.Errorf("%s:%d: got database %q, want one of %v", name, lines[i], word, databases)
			}
		}
	}
}

// missingTests returns the names in a cell that no test has. What follows a slash names a subtest and is not looked up.
func missingTests(cell string, tests map[string]bool) []string {
	if cell == "not yet" {
		return nil
	}
	var missing []string
	for name := range strings.SplitSeq(cell, ", ") {
		base, _, _ := strings.Cut(name, "/")
		if !tests[base] {
			missing = append(missing, name)
		}
	}
	return missing
}
