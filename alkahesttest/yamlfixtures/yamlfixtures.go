// Package yamlfixtures reads fixtures of package alkahesttest from YAML. It is
// a module of its own, so that only those who want YAML carry a parser of it.
//
// It knows YAML and the form of fixtures. It must not know databases.
package yamlfixtures

import (
	"fmt"
	"os"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/alkahest-go/alkahest/alkahesttest"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/schema"
)

// Parse reads rows by table, with or without labels, in their order:
//
//	users:
//	  ann: {name: Ann}
//	  bob: {name: Bob, boss_id: {ref: ann}}
//	posts:
//	  - {title: Hello, author_id: {ref: ann}}
//
// A mapping whose only key is ref references the row of that label. Anchors,
// aliases and merge keys work. A table, label or column that stands there twice is an error, which
// names its line.
func Parse(text []byte) ([]alkahesttest.Fixture, error) {
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		return nil, fmt.Errorf("yamlfixtures: %w", err)
	}
	if document.Kind == 0 {
		return nil, nil // nothing but comments
	}
	var rows []alkahesttest.Fixture
	err := each(document.Content[0], func(table string, of *yaml.Node) error {
		list, err := ofTable(table, of)
		rows = append(rows, list...)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("yamlfixtures: %w", err)
	}
	return rows, nil
}

// Load inserts the rows of a file, as alkahesttest.LoadFixtures does.
func Load(t testing.TB, db *engine.Engine, m *schema.MetaData, path string) *alkahesttest.Loaded {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("yamlfixtures: %v", err)
	}
	rows, err := Parse(text)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return alkahesttest.LoadFixtures(t, db, m, rows)
}

func ofTable(table string, n *yaml.Node) (rows []alkahesttest.Fixture, err error) {
	n = followed(n)
	switch n.Kind {
	case yaml.SequenceNode:
		for _, row := range n.Content {
			values, err := valuesOf(row)
			if err != nil {
				return nil, err
			}
			rows = append(rows, alkahesttest.Fixture{Table: table, Values: values})
		}
		return rows, nil
	case yaml.MappingNode:
		err = each(n, func(label string, row *yaml.Node) error {
			values, err := valuesOf(row)
			rows = append(rows, alkahesttest.Fixture{Table: table, Label: label, Values: values})
			return err
		})
		return rows, err
	}
	return nil, fmt.Errorf("line %d: %s is neither a mapping of rows by label nor a list of rows", n.Line, table)
}

// valuesOf reads a row. A merge key gives what the row does not say itself.
func valuesOf(n *yaml.Node) (alkahesttest.Values, error) {
	if err := each(n, func(string, *yaml.Node) error { return nil }); err != nil {
		return nil, err
	}
	var decoded map[string]any
	if err := n.Decode(&decoded); err != nil {
		return nil, fmt.Errorf("line %d: %w", n.Line, err)
	}
	values := alkahesttest.Values{}
	for column, v := range decoded {
		values[column] = alkahesttest.AsRef(v)
	}
	return values, nil
}

// each walks a mapping in its order, and refuses a key that is there twice.
func each(n *yaml.Node, f func(key string, value *yaml.Node) error) error {
	n = followed(n)
	if n.Kind != yaml.MappingNode {
		return fmt.Errorf("line %d: got no mapping of names", n.Line)
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if seen[key.Value] {
			return fmt.Errorf("line %d: %q stands there twice", key.Line, key.Value)
		}
		seen[key.Value] = true
		if err := f(key.Value, n.Content[i+1]); err != nil {
			return err
		}
	}
	return nil
}

// followed is what an alias stands for.
func followed(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}
