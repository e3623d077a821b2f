// Package sqlite is the SQL of SQLite: its rules, types, DDL and generated
// keys. It knows no driver; the glue to one is in a folder below.
//
// # Generated keys
//
// An integer key that the database or a sequence generates is exactly INTEGER
// PRIMARY KEY, whatever its declared width, because no other spelling makes it
// SQLite's rowid (https://www.sqlite.org/lang_createtable.html#rowid). A
// Sequence or Identity that ascends by 1 from a start of 1 or more is carried
// by AUTOINCREMENT, whose sqlite_sequence row holds the start. All others are
// carried by the table alkahest_sequence, which is advanced in the transaction
// of the INSERT. Without either, SQLite gives the id of a deleted last row
// again; the table option "sqlite.autoincrement" forbids that.
//
// # Table options
//
// "sqlite.autoincrement", "sqlite.strict" and "sqlite.without_rowid" take true
// or false.
package sqlite

import (
	"context"
	"fmt"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/sqltype"
)

// Dialect is SQLite.
var Dialect dialect.Dialect = sqlite{}

type sqlite struct{}

const name = "sqlite"

// oldest is the first version with pragma_table_list, which is later than
// RETURNING: https://www.sqlite.org/releaselog/3_37_0.html.
var oldest = dialect.Version{3, 37, 0}

// Name implements dialect.Dialect.
func (sqlite) Name() string { return name }

// Assume returns what a version of SQLite can do, for engine.DryRun.
func Assume(version dialect.Version) dialect.Capabilities {
	c := unasked()
	c.Version = version
	return c
}

func unasked() dialect.Capabilities {
	return dialect.Capabilities{
		Product:          "SQLite",
		Keys:             dialect.KeysByRowID,
		SchemaVersion:    "PRAGMA schema_version",
		TransactionalDDL: true,
		SessionState:     true,
		NumericDigits:    15,
		Isolation:        []dialect.Isolation{dialect.Serializable},
	}
}

// Probe implements dialect.Dialect.
func (sqlite) Probe(ctx context.Context, q dialect.Querier) (dialect.Capabilities, error) {
	c := unasked()
	err := q.Query(ctx, "SELECT sqlite_version()", nil, func(row sqltype.Row) error {
		c.Version = dialect.ParseVersion(string(row.Text(0)))
		return row.Err()
	})
	if err != nil {
		return c, fmt.Errorf("sqlite: can't ask the version: %w", err)
	}
	if !c.Version.AtLeast(oldest[:]...) {
		return c, fmt.Errorf("sqlite: version %s is older than %s, which the library needs", c.Version, oldest)
	}
	file, err := mainFile(ctx, q)
	c.OneConnection, c.SingleWriter = file == "", file != ""
	return c, err
}

// mainFile returns the file of the database, "" for one in memory.
func mainFile(ctx context.Context, q dialect.Querier) (file string, err error) {
	err = q.Query(ctx, "PRAGMA database_list", nil, func(row sqltype.Row) error {
		if string(row.Text(1)) == "main" && !row.IsNull(2) {
			file = string(row.Text(2))
		}
		return row.Err()
	})
	if err != nil {
		return "", fmt.Errorf("sqlite: can't ask for the file of the database: %w", err)
	}
	return file, nil
}

// Rules implements dialect.Dialect.
func (sqlite) Rules(c dialect.Capabilities) *compile.Rules { return newRules(c) }

// Begin implements dialect.Dialect. A writer takes the lock at once: a
// transaction that begins by reading and goes on to write fails where another
// has written in between.
func (sqlite) Begin(_ dialect.Capabilities, o dialect.TxOptions) ([]string, error) {
	switch {
	case o.Isolation != dialect.DefaultIsolation && o.Isolation != dialect.Serializable:
		return nil, &compile.UnsupportedError{
			Construct: "the isolation level " + o.Isolation.String(), Dialect: name, Instead: "use Serializable, which it always has",
		}
	case o.Deferrable:
		return nil, &compile.UnsupportedError{Construct: "deferrable transactions", Dialect: name, Instead: "leave Deferrable out"}
	case o.ReadOnly:
		return []string{"BEGIN"}, nil
	}
	return []string{"BEGIN IMMEDIATE"}, nil
}
