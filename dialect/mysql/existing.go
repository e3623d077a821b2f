package mysql

import (
	"context"
	"fmt"
	"strings"

	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// catalog is what exists, by "schema/name" and "schema/table/index".
type catalog struct {
	current   string // the schema of tables that name none
	folds     bool   // names of tables are the same in any case
	tables    map[string]bool
	sequences map[string]bool
	indexes   map[string]bool
}

// Existing implements dialect.Dialect.
func (mysql) Existing(ctx context.Context, q dialect.Querier, m *schema.MetaData) (*dialect.Existing, error) {
	c, err := readCatalog(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("mysql: can't read what exists: %w", err)
	}
	e := &dialect.Existing{Tables: map[string]bool{}, Indexes: map[string]bool{}, Sequences: map[string]int64{}, Enums: map[string]bool{}}
	sequences := m.Sequences()
	for _, t := range m.Tables() {
		key := c.key(t.Schema, t.Name)
		if c.tables[key] {
			e.Tables[t.FullName()] = true
		}
		for _, ix := range t.Indexes {
			if c.indexes[key+"/"+strings.ToLower(ix.Name)] {
				e.Indexes[t.FullName()+"/"+ix.Name] = true
			}
		}
		for _, col := range t.Columns() {
			if s := col.ImpliedSequence(); s != nil {
				sequences = append(sequences, s)
			}
		}
	}
	for _, s := range sequences {
		if !c.sequences[c.key(s.Schema, s.Name)] {
			continue
		}
		if e.Sequences[s.FullName()], err = increment(ctx, q, s); err != nil {
			return nil, err
		}
	}
	return e, carried(ctx, q, c, e)
}

func (c *catalog) key(schemaName, relation string) string {
	if schemaName == "" {
		schemaName = c.current
	}
	key := schemaName + "/" + relation
	if c.folds {
		key = strings.ToLower(key)
	}
	return key
}

func readCatalog(ctx context.Context, q dialect.Querier) (*catalog, error) {
	c := &catalog{tables: map[string]bool{}, sequences: map[string]bool{}, indexes: map[string]bool{}}
	err := q.Query(ctx, "SELECT COALESCE(DATABASE(), ''), @@lower_case_table_names", nil, func(row sqltype.Row) error {
		c.current, c.folds = string(row.Text(0)), row.Int64(1) != 0
		return row.Err()
	})
	if err != nil {
		return nil, err
	}
	const system = "('information_schema', 'performance_schema', 'mysql', 'sys')"
	err = q.Query(ctx, "SELECT table_schema, table_name, table_type FROM information_schema.tables WHERE table_schema NOT IN "+system, nil,
		func(row sqltype.Row) error {
			key := c.key(string(row.Text(0)), string(row.Text(1)))
			if string(row.Text(2)) == "SEQUENCE" {
				c.sequences[key] = true
			} else {
				c.tables[key] = true
			}
			return row.Err()
		})
	if err != nil {
		return nil, err
	}
	return c, q.Query(ctx, "SELECT DISTINCT table_schema, table_name, index_name FROM information_schema.statistics WHERE table_schema NOT IN "+system, nil,
		func(row sqltype.Row) error {
			c.indexes[c.key(string(row.Text(0)), string(row.Text(1)))+"/"+strings.ToLower(string(row.Text(2)))] = true
			return row.Err()
		})
}

// increment asks a sequence of MariaDB, which can be read as a table.
func increment(ctx context.Context, q dialect.Querier, s *schema.Sequence) (n int64, err error) {
	name, err := quoted(s.Schema, s.Name)
	if err != nil {
		return 0, err
	}
	err = q.Query(ctx, "SELECT increment FROM "+name, nil, func(row sqltype.Row) error {
		n = row.Int64(0)
		return row.Err()
	})
	if err != nil {
		return 0, fmt.Errorf("mysql: can't read the sequence %s: %w", s.FullName(), err)
	}
	return n, nil
}

// carried reads the sequences that a table carries.
func carried(ctx context.Context, q dialect.Querier, c *catalog, e *dialect.Existing) error {
	if !c.tables[c.key("", "alkahest_sequence")] {
		return nil
	}
	err := q.Query(ctx, "SELECT name, increment FROM alkahest_sequence", nil, func(row sqltype.Row) error {
		e.Sequences[string(row.Text(0))] = row.Int64(1)
		return row.Err()
	})
	if err != nil {
		return fmt.Errorf("mysql: can't read which sequences exist: %w", err)
	}
	return nil
}

// quoted returns a name with its schema as SQL.
func quoted(schemaName, relation string) (string, error) {
	var buf []byte
	var err error
	if schemaName != "" {
		if buf, err = identifiers.Append(buf, schemaName); err != nil {
			return "", err
		}
		buf = append(buf, '.')
	}
	buf, err = identifiers.Append(buf, relation)
	return string(buf), err
}
