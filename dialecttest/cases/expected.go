package cases

import (
	"embed"
	"encoding/json"
	"fmt"
	"sync"
)

//go:embed testdata/expected
var expectedFiles embed.FS

// expectation is what a case gives: on holds an outcome by product.
type expectation struct {
	Shows string              `json:"shows"`
	On    map[string]*outcome `json:"on"`
}

// outcome is what one product returned for a statement. Where all is nil the
// statement ran and nothing is known of its rows.
type outcome struct {
	// Failed says why there are no rows: "constraint" where a constraint was
	// violated, which must be so here; "refused" where the statement was refused,
	// so that it may be refused by name here.
	Failed   string  `json:"failed"`
	Ordered  bool    `json:"ordered"`
	Rows     [][]any `json:"rows"`
	Count    *int    `json:"count"`
	Affected *int64  `json:"affected"`
}

// expected returns the outcomes of every case by its name.
var expected = sync.OnceValues(func() (map[string]*expectation, error) {
	all := map[string]*expectation{}
	files, err := expectedFiles.ReadDir("testdata/expected")
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		text, err := expectedFiles.ReadFile("testdata/expected/" + f.Name())
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(text, &all); err != nil {
			return nil, fmt.Errorf("cases: %s: %w", f.Name(), err)
		}
	}
	return all, nil
})

// Expected returns the names of the cases whose rows are known, and a sentence
// about each.
func Expected() (map[string]string, error) {
	all, err := expected()
	shows := make(map[string]string, len(all))
	for name, e := range all {
		shows[name] = e.Shows
	}
	return shows, err
}
