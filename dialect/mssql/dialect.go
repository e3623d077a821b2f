// Package mssql is the SQL of Microsoft SQL Server, from 2012 on, and of Azure
// SQL Database: its rules, types, DDL and generated keys. It knows no driver,
// and there is none for it yet: its statements are held by golden files and
// have been run by no server.
//
// # Generated keys
//
// An integer key that nothing else fills is IDENTITY(1,1). An Identity is
// IDENTITY with its start and increment; one with limits of its own, a cycle or
// a cache is carried by a sequence. A column with a Sequence has its next value
// as DEFAULT. Sequences always say where they start: by themselves they begin
// at the smallest number of their type. An INSERT that gives an identity a
// value is surrounded by SET IDENTITY_INSERT, unless the identity is declared
// as Always; the value moves the identity along.
//
// Ids come back by OUTPUT. Of many rows they come back by a MERGE that returns
// the position of each row: the order of the rows of OUTPUT means nothing
// (https://learn.microsoft.com/sql/t-sql/queries/output-clause-transact-sql).
//
// # Triggers
//
// OUTPUT is refused by a table with triggers unless it goes INTO a table. The
// table option "mssql.triggers" ("true") says that a table has some: its
// statements then return their rows by way of a table variable. They show the
// rows as they were before the triggers, and what an INSTEAD OF trigger does
// they don't show at all.
//
// # Types
//
// Text is NVARCHAR, whose length counts UTF-16 units: a character beyond U+FFFF
// takes two. It has no unsigned integers; the next wider type holds them, and
// NUMERIC(20) those of 64 bits. A unique constraint takes one NULL.
package mssql

import (
	"context"
	"fmt"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// Dialect is SQL Server.
var Dialect dialect.Dialect = mssql{}

type mssql struct{}

const (
	name  = "mssql"
	azure = "Azure SQL Database"
)

// oldest is SQL Server 2012, the first with sequences and OFFSET … FETCH:
// https://learn.microsoft.com/sql/t-sql/statements/create-sequence-transact-sql.
var oldest = dialect.Version{11, 0, 0}

// Name implements dialect.Dialect.
func (mssql) Name() string { return name }

// Assume returns what a server of the version can do as far as that says, for
// engine.DryRun.
func Assume(version dialect.Version) dialect.Capabilities {
	c := unasked()
	c.Version = version
	c.Isolation = []dialect.Isolation{dialect.ReadCommitted, dialect.RepeatableRead, dialect.Serializable, dialect.ReadUncommitted}
	return c
}

func unasked() dialect.Capabilities {
	return dialect.Capabilities{
		Product:          "Microsoft SQL Server",
		Keys:             dialect.KeysByMerge,
		Savepoints:       dialect.SavepointWords{Set: "SAVE TRANSACTION", RollbackTo: "ROLLBACK TRANSACTION"},
		Sequences:        true,
		TransactionalDDL: true,
		SessionState:     true,
		NumericDigits:    maxDigits,
	}
}

// Probe implements dialect.Dialect. Editions 5 and 8 are Azure's, whose version
// says nothing of what they can do
// (https://learn.microsoft.com/sql/t-sql/functions/serverproperty-transact-sql).
func (mssql) Probe(ctx context.Context, q dialect.Querier) (dialect.Capabilities, error) {
	c := unasked()
	const ask = `SELECT CAST(SERVERPROPERTY('ProductVersion') AS NVARCHAR(128)), CAST(SERVERPROPERTY('EngineEdition') AS INTEGER),
  CAST(d.snapshot_isolation_state AS INTEGER) FROM sys.databases d WHERE d.database_id = DB_ID()`
	snapshots := false
	err := q.Query(ctx, ask, nil, func(row sqltype.Row) error {
		c.Version = dialect.ParseVersion(string(row.Text(0)))
		if edition := row.Int64(1); edition == 5 || edition == 8 {
			c.Product = azure
		}
		snapshots = row.Int64(2) == 1
		return row.Err()
	})
	if err != nil {
		return c, fmt.Errorf("mssql: can't ask the version: %w", err)
	}
	if !c.Version.AtLeast(oldest[:]...) {
		return c, fmt.Errorf("mssql: version %s is older than %s, which the library needs", c.Version, oldest)
	}
	c.Isolation = []dialect.Isolation{dialect.ReadCommitted, dialect.RepeatableRead, dialect.Serializable, dialect.ReadUncommitted}
	if snapshots {
		c.Isolation = append(c.Isolation, dialect.Snapshot)
	}
	return c, nil
}

// Rules implements dialect.Dialect.
func (mssql) Rules(c dialect.Capabilities) *compile.Rules { return newRules(c) }

// Begin implements dialect.Dialect. A level stays with the connection until
// another is set, so that each transaction sets its own; both are one text, and
// so one round trip
// (https://learn.microsoft.com/sql/t-sql/statements/set-transaction-isolation-level-transact-sql).
func (mssql) Begin(_ dialect.Capabilities, o dialect.TxOptions) ([]string, error) {
	switch {
	case o.Deferrable:
		return nil, unsupported("deferrable transactions", "leave Deferrable out")
	case o.ReadOnly:
		return nil, unsupported("transactions that may only read", "leave ReadOnly out, or connect as a user who may only read")
	}
	level := o.Isolation
	if level == dialect.DefaultIsolation {
		level = dialect.ReadCommitted
	}
	return []string{"SET TRANSACTION ISOLATION LEVEL " + level.String() + "; BEGIN TRANSACTION"}, nil
}

// RowIDCheck implements dialect.Dialect. It is not asked: there are no row ids.
func (mssql) RowIDCheck(*schema.Table) (string, error) { return "", nil }

// SequenceTable implements dialect.Dialect.
func (mssql) SequenceTable(dialect.Capabilities) *dialect.SequenceTable { return nil }

func unsupported(construct, instead string) error {
	return &compile.UnsupportedError{Construct: construct, Dialect: name, Instead: instead}
}

func refuse(col *schema.Column, construct, instead string) error {
	return fmt.Errorf("column %s: %w", col.FullName(), unsupported(construct, instead))
}
