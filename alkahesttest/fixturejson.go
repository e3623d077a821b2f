package alkahesttest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
)

// JSONFixtures reads rows by table, with or without labels, in their order:
//
//	{
//	  "users": {"ann": {"name": "Ann"}, "bob": {"name": "Bob", "boss_id": {"ref": "ann"}}},
//	  "posts": [{"title": "Hello", "author_id": {"ref": "ann"}}]
//	}
//
// An object whose only member is ref references the row of that label. A label
// or column that stands there twice is an error.
func JSONFixtures(text []byte) ([]Fixture, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var rows []Fixture
	err := members(d, func(table string) error {
		list, err := jsonTable(d, table)
		rows = append(rows, list...)
		return err
	})
	if err == nil {
		if _, more := d.Token(); more != io.EOF {
			err = fmt.Errorf("there is more after the object")
		}
	}
	if err != nil {
		return nil, fmt.Errorf("fixtures: JSON at byte %d: %w", d.InputOffset(), err)
	}
	return rows, nil
}

// jsonTable reads the rows of one table.
func jsonTable(d *json.Decoder, table string) (rows []Fixture, err error) {
	switch t, err := d.Token(); {
	case err != nil:
		return nil, err
	case t == json.Delim('['):
		for d.More() {
			values, err := jsonRow(d)
			if err != nil {
				return nil, err
			}
			rows = append(rows, Fixture{Table: table, Values: values})
		}
		_, err := d.Token()
		return rows, err
	case t == json.Delim('{'):
		err := inside(d, func(label string) error {
			values, err := jsonRow(d)
			rows = append(rows, Fixture{Table: table, Label: label, Values: values})
			return err
		})
		return rows, err
	}
	return nil, fmt.Errorf("%s is neither an object of rows by label nor a list of rows", table)
}

func jsonRow(d *json.Decoder) (Values, error) {
	values := Values{}
	err := members(d, func(column string) error {
		var v any
		if err := d.Decode(&v); err != nil {
			return err
		}
		values[column] = AsRef(v)
		return nil
	})
	return values, err
}

// AsRef returns a Ref for an object whose only member is ref, as files have them,
// and any other value as it is.
func AsRef(v any) any {
	object, ok := v.(map[string]any)
	if !ok || len(object) != 1 {
		return v
	}
	if label, ok := object["ref"].(string); ok {
		return Ref(label)
	}
	return v
}

// members reads an object, whose values f reads.
func members(d *json.Decoder, f func(name string) error) error {
	t, err := d.Token()
	if err != nil {
		return err
	}
	if t != json.Delim('{') {
		return fmt.Errorf("got %v, want an object", t)
	}
	return inside(d, f)
}

// inside is members behind the opening brace.
func inside(d *json.Decoder, f func(name string) error) error {
	seen := map[string]bool{}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return err
		}
		name, _ := t.(string)
		if seen[name] {
			return fmt.Errorf("%q stands there twice", name)
		}
		seen[name] = true
		if err := f(name); err != nil {
			return err
		}
	}
	_, err := d.Token()
	return err
}
