package dialecttest

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/schema"
)

// CompareKeys writes down what the engine sends for each key configuration to a
// server of the dialect with these capabilities, and compares it with a file:
// CREATE, one row without its key, three rows, each with their ids. No server is
// asked. With update the file is written instead.
func CompareKeys(t *testing.T, file string, d dialect.Dialect, c dialect.Capabilities, update bool) {
	t.Helper()
	var b strings.Builder
	all := KeyConfigurations("sch")
	fmt.Fprintf(&b, "%d key configurations\n", len(all))
	for i := range all {
		fmt.Fprintf(&b, "\n# %s\n%s", all[i].Name, recordKey(t, &all[i], d, c))
	}
	if update {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v; run again with -update and read what it wrote", err)
	}
	if diff := cmp.Diff(b.String(), string(want)); diff != "" {
		t.Errorf("what is sent is not what %s has (-got +want):\n%s", file, diff)
	}
}

// recordKey returns what is sent for one configuration.
func recordKey(t *testing.T, k *KeyConfiguration, d dialect.Dialect, c dialect.Capabilities) string {
	t.Helper()
	m := schema.NewMetaData()
	table, err := k.Declare(m)
	if err != nil {
		return fmt.Sprintf("-- the declaration is refused\n%v\n", err)
	}
	r := newRecorder(d, c)
	e := engine.New(knownServer{d, c}, r, engine.Options{})
	defer func() {
		if err := e.Close(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	if err := e.CreateAll(t.Context(), m); err != nil {
		return fmt.Sprintf("-- CreateAll refuses\n%v\n", err)
	}
	if err := r.expect(table); err != nil {
		t.Fatal(err)
	}
	text := "-- create\n" + r.take()
	for _, step := range []struct {
		name     string
		first, n int
	}{{"one row", 0, 1}, {"three rows", 1, 3}} {
		text += "-- " + step.name + "\n"
		rows, err := newKeyRows(k, table, step.first, step.n)
		if err != nil {
			t.Fatal(err)
		}
		if err := rows.insert(t.Context(), e); err != nil {
			text += fmt.Sprintf("refused: %v\n", err)
		}
		text += r.take()
	}
	return text
}
