package mssql

import (
	"context"
	"fmt"
	"strings"

	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// existing lists what there is: kind, schema, name, the table of an index, the
// increment of a sequence
// (https://learn.microsoft.com/sql/relational-databases/system-catalog-views/object-catalog-views-transact-sql).
const existing = `SELECT N'table', SCHEMA_NAME(o.schema_id), o.name, N'', CAST(0 AS BIGINT)
  FROM sys.objects o WHERE o.type IN ('U', 'V') AND o.is_ms_shipped = 0
UNION ALL
SELECT N'index', SCHEMA_NAME(o.schema_id), i.name, o.name, CAST(0 AS BIGINT)
  FROM sys.indexes i JOIN sys.objects o ON o.object_id = i.object_id
  WHERE i.name IS NOT NULL AND o.is_ms_shipped = 0
UNION ALL
SELECT N'sequence', SCHEMA_NAME(q.schema_id), q.name, N'', CAST(q.increment AS BIGINT)
  FROM sys.sequences q`

// catalog is what exists: "schema/name" of tables, "schema/table/index", and the
// increment of each sequence.
type catalog struct {
	current   string // the schema of what names none
	folds     bool   // names are the same in any case
	tables    map[string]bool
	indexes   map[string]bool
	sequences map[string]int64
}

// Existing implements dialect.Dialect.
func (mssql) Existing(ctx context.Context, q dialect.Querier, m *schema.MetaData) (*dialect.Existing, error) {
	c, err := readCatalog(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("mssql: can't read what exists: %w", err)
	}
	e := &dialect.Existing{Tables: map[string]bool{}, Indexes: map[string]bool{}, Sequences: map[string]int64{}, Enums: map[string]bool{}}
	sequences := m.Sequences()
	for _, t := range m.Tables() {
		if c.tables[c.key(t.Schema, t.Name)] {
			e.Tables[t.FullName()] = true
		}
		for _, ix := range t.Indexes {
			if c.indexes[c.key(t.Schema, t.Name, ix.Name)] {
				e.Indexes[t.FullName()+"/"+ix.Name] = true
			}
		}
		for _, col := range t.Columns() {
			if s := sequenceFor(col); s != nil {
				sequences = append(sequences, s)
			}
		}
	}
	for _, s := range sequences {
		if n, ok := c.sequences[c.key(s.Schema, s.Name)]; ok {
			e.Sequences[s.FullName()] = n
		}
	}
	return e, nil
}

func readCatalog(ctx context.Context, q dialect.Querier) (*catalog, error) {
	c := &catalog{tables: map[string]bool{}, indexes: map[string]bool{}, sequences: map[string]int64{}}
	// Names compare as text of the database does.
	const ask = "SELECT SCHEMA_NAME(), CASE WHEN N'a' COLLATE DATABASE_DEFAULT = N'A' COLLATE DATABASE_DEFAULT THEN 1 ELSE 0 END"
	err := q.Query(ctx, ask, nil, func(row sqltype.Row) error {
		c.current, c.folds = string(row.Text(0)), row.Int64(1) != 0
		return row.Err()
	})
	if err != nil {
		return nil, err
	}
	return c, q.Query(ctx, existing, nil, func(row sqltype.Row) error {
		schemaName, object := string(row.Text(1)), string(row.Text(2))
		switch string(row.Text(0)) {
		case "table":
			c.tables[c.key(schemaName, object)] = true
		case "index":
			c.indexes[c.key(schemaName, string(row.Text(3)), object)] = true
		default:
			c.sequences[c.key(schemaName, object)] = row.Int64(4)
		}
		return row.Err()
	})
}

func (c *catalog) key(schemaName string, names ...string) string {
	if schemaName == "" {
		schemaName = c.current
	}
	key := schemaName + "/" + strings.Join(names, "/")
	if c.folds {
		key = strings.ToLower(key)
	}
	return key
}
