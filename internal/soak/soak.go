// Package soak is how tests that try many random cases say how many to try,
// from which seed, and what came of it. ALKAHEST_SOAK=1 asks for all cases,
// ALKAHEST_SEED for the run of an earlier seed, and ALKAHEST_SOAK_REPORT names
// the file that a whole check collects its reports in.
//
// It must not know what is tried. It is for tests only.
package soak

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
)

// share is the part of the cases that run without ALKAHEST_SOAK: one in so many.
const share = 100

// Full reports whether all cases are asked for.
func Full() bool { return os.Getenv("ALKAHEST_SOAK") == "1" }

// Count returns how many of full cases to try: all of them, or, without
// ALKAHEST_SOAK=1, a hundredth, and at least one.
func Count(full int) int {
	if Full() {
		return full
	}
	return max(1, (full+share-1)/share)
}

// Seed returns the seed of the test's random cases: that of ALKAHEST_SEED, or a
// fresh one. It is in the log of Report.
func Seed(t testing.TB) uint64 {
	t.Helper()
	text := os.Getenv("ALKAHEST_SEED")
	if text == "" {
		return rand.Uint64()
	}
	seed, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("soak: ALKAHEST_SEED: %v", err)
	}
	return seed
}

// Report logs how many cases were tried and how many of them went wrong, and
// adds the line to the file of ALKAHEST_SOAK_REPORT where one is named. It
// fails no test.
func Report(t testing.TB, name string, count, wrong int, seed uint64) {
	t.Helper()
	line := fmt.Sprintf("soak: %s count=%d wrong=%d seed=%d", name, count, wrong, seed)
	t.Log(line)
	path := os.Getenv("ALKAHEST_SOAK_REPORT")
	if path == "" {
		return
	}
	if err := add(path, line); err != nil {
		t.Errorf("soak: %v", err)
	}
}

// add appends a line in one write, since packages are tested at the same time.
func add(path, line string) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	if _, err := f.WriteString(line + "\n"); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
