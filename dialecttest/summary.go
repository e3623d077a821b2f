package dialecttest

import "fmt"

// Summary is what came of a run of the suite.
type Summary struct {
	// Passed, Failed and Skipped are numbers of tests.
	Passed, Failed, Skipped int
	// Shown is how many of those that passed sent statements to the database,
	// where tests that are one loop over values count once.
	Shown int
}

// String returns the summary as a line of text.
func (s Summary) String() string {
	return fmt.Sprintf("%d tests passed, %d of them by SQL that ran (a loop counts once), %d failed, %d skipped", s.Passed, s.Shown, s.Failed, s.Skipped)
}

// tally counts the tests of a run.
type tally struct {
	Summary
	loops map[string]bool // those that were counted, by section and name
	skips []string
}

// add counts a test that ended. skip is why it was skipped, or "".
func (n *tally) add(section string, x test, skip string, passed bool, sent int64) {
	switch {
	case skip != "":
		n.Skipped++
		n.skips = append(n.skips, section+"/"+x.name+": "+skip)
		return
	case !passed:
		n.Failed++
		return
	}
	n.Passed++
	if loop := section + "/" + x.loop; sent > 0 && (x.loop == "" || !n.loops[loop]) {
		n.Shown++
		n.loops[loop] = true
	}
}

// looped says that the tests are one loop over values.
func looped(loop string, tests ...test) []test {
	for i := range tests {
		tests[i].loop = loop
	}
	return tests
}
