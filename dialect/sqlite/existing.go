package sqlite

import (
	"context"
	"fmt"
	"strings"

	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// Existing implements dialect.Dialect. SQLite's names are the same whatever
// the case of their ASCII letters.
func (sqlite) Existing(ctx context.Context, q dialect.Querier, m *schema.MetaData) (*dialect.Existing, error) {
	e := &dialect.Existing{Tables: map[string]bool{}, Indexes: map[string]bool{}, Sequences: map[string]int64{}, Enums: map[string]bool{}}
	read := map[string]catalog{}
	for _, t := range m.Tables() {
		c, ok := read[t.Schema]
		if !ok {
			var err error
			if c, err = readCatalog(ctx, q, t.Schema); err != nil {
				return nil, err
			}
			read[t.Schema] = c
		}
		if !c.tables[fold(t.Name)] {
			continue
		}
		e.Tables[t.FullName()] = true
		for _, ix := range t.Indexes {
			if c.indexes[fold(t.Name)+"/"+fold(ix.Name)] {
				e.Indexes[t.FullName()+"/"+ix.Name] = true
			}
		}
	}
	return e, sequences(ctx, q, e)
}

type catalog struct{ tables, indexes map[string]bool }

func readCatalog(ctx context.Context, q dialect.Querier, schemaName string) (catalog, error) {
	c := catalog{map[string]bool{}, map[string]bool{}}
	from := []byte("sqlite_schema")
	if schemaName != "" {
		quoted, err := identifiers.Append(nil, schemaName)
		if err != nil {
			return c, err
		}
		from = append(append(quoted, '.'), from...)
	}
	err := q.Query(ctx, "SELECT type, name, tbl_name FROM "+string(from)+" WHERE type IN ('table', 'view', 'index')", nil, func(row sqltype.Row) error {
		if string(row.Text(0)) == "index" {
			c.indexes[fold(string(row.Text(2)))+"/"+fold(string(row.Text(1)))] = true
		} else {
			c.tables[fold(string(row.Text(1)))] = true
		}
		return row.Err()
	})
	if err != nil {
		return c, fmt.Errorf("sqlite: can't read what exists: %w", err)
	}
	return c, nil
}

func sequences(ctx context.Context, q dialect.Querier, e *dialect.Existing) error {
	there := false
	err := q.Query(ctx, "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'alkahest_sequence'", nil, func(row sqltype.Row) error {
		there = true
		return row.Err()
	})
	if err == nil && there {
		err = q.Query(ctx, "SELECT name, increment FROM alkahest_sequence", nil, func(row sqltype.Row) error {
			e.Sequences[string(row.Text(0))] = row.Int64(1)
			return row.Err()
		})
	}
	if err != nil {
		return fmt.Errorf("sqlite: can't read which sequences exist: %w", err)
	}
	return nil
}

// fold puts ASCII letters in small case, as SQLite compares names.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}
