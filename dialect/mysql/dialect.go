// Package mysql is the SQL of MySQL and of MariaDB, which it tells apart when
// it asks the server: their rules, types, DDL and generated keys. It knows no
// driver; the glue to one is in a folder below.
//
// # Generated keys
//
// An integer key that nothing else fills is AUTO_INCREMENT. On MariaDB a
// Sequence is one, and the column's DEFAULT draws from it. On MySQL, which has
// none, a Sequence that ascends by 1 is AUTO_INCREMENT with its start, and any
// other is carried by the table alkahest_sequence, from which each batch takes its
// values at once, or as many as the sequence's Cache says, in a transaction of its
// own; what is left of them when the engine is closed is lost. An Identity that ascends by 1
// is AUTO_INCREMENT; another is carried as a Sequence would be.
//
// Where the server has no RETURNING, the ids of a multi-row INSERT are its first
// one and the step, auto_increment_increment. On a node of a Galera cluster that
// step follows the number of nodes, from one statement to the next; there each
// statement keeps the step that it uses in the variable @alkahest_step.
//
// # Types
//
// Moments with and without zone are DATETIME: TIMESTAMP ends in 2038. What has a
// zone is stored in UTC. A UUID is UUID where MariaDB has that, else CHAR(36). An
// enumeration is ENUM, which sorts by the order of its labels.
//
// # Table options
//
// "mysql.engine" (InnoDB where not given), "mysql.charset" (utf8mb4),
// "mysql.collate" and "mysql.row_format" take a name.
//
// # Column options
//
// "mysql.on_update" takes CURRENT_TIMESTAMP: each UPDATE of the row sets the
// column to its time.
package mysql

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// Dialect is MySQL or MariaDB.
var Dialect dialect.Dialect = mysql{}

// BinaryUUIDs is Dialect with UUIDs stored as BINARY(16), for connections that
// send them as 16 bytes.
var BinaryUUIDs dialect.Dialect = mysql{binaryUUIDs: true}

type mysql struct{ binaryUUIDs bool }

const (
	name    = "mysql"
	mariaDB = "MariaDB"
)

// Name implements dialect.Dialect.
func (mysql) Name() string { return name }

// Assume returns what a MySQL server of the version can do as far as that says,
// for engine.DryRun.
func Assume(version dialect.Version) dialect.Capabilities {
	c := unasked()
	c.Product, c.Version = "MySQL", version
	c.KeyStep, c.Isolation = 1, levels(dialect.RepeatableRead.String())
	return c
}

// AssumeMariaDB is Assume for MariaDB.
func AssumeMariaDB(version dialect.Version) dialect.Capabilities {
	c := Assume(version)
	c.Product = mariaDB
	asMariaDB(&c)
	return c
}

func unasked() dialect.Capabilities {
	return dialect.Capabilities{
		Keys:           dialect.KeysByLastInsertID,
		KeyStepQuery:   "SELECT @@auto_increment_increment",
		InsertTriggers: changesInserts,
		SessionState:   true,
		ReadsPlaces:    true,
		Savepoints:     dialect.SavepointWords{Replaces: true},
		TwoPhase:       xa,
		Databases:      databases,
	}
}

// asMariaDB sets what MariaDB has and MySQL has not.
func asMariaDB(c *dialect.Capabilities) {
	if c.Product != mariaDB {
		return
	}
	// Versions 10.3 and 10.4 have sequences too, but no RETURNING, by which alone
	// a value that a DEFAULT drew comes back.
	c.Sequences = c.Version.AtLeast(10, 5)
	// No column of a sequence has DEFAULT nextval(…). A prepared INSERT into such a
	// table, whatever it gives, keeps the sequence's name in memory of the opened
	// table, and reads it after the table has left the server's cache of open
	// tables: a server of 10.11.19 then ends with a signal.
	c.SequencesByName = c.Sequences
	if c.Sequences {
		c.Keys, c.KeysInSteps = dialect.KeysByValuesReturning, true
	}
}

// Probe implements dialect.Dialect.
func (mysql) Probe(ctx context.Context, q dialect.Querier) (dialect.Capabilities, error) {
	c := unasked()
	const ask = `SHOW VARIABLES WHERE Variable_name IN ('version', 'version_comment', 'sql_mode', 'tx_isolation',
  'transaction_isolation', 'auto_increment_increment', 'lower_case_table_names', 'wsrep_on')`
	vars := map[string]string{}
	err := q.Query(ctx, ask, nil, func(row sqltype.Row) error {
		vars[strings.ToLower(string(row.Text(0)))] = string(row.Text(1))
		return row.Err()
	})
	if err != nil {
		return c, fmt.Errorf("mysql: can't ask the version: %w", err)
	}
	c.Product, c.Version = product(vars["version"], vars["version_comment"])
	c.Modes = vars["sql_mode"]
	c.Isolation = levels(vars["tx_isolation"] + vars["transaction_isolation"])
	if c.KeyStep, err = strconv.ParseUint(vars["auto_increment_increment"], 10, 64); err != nil {
		return c, fmt.Errorf("mysql: the server does not say its auto_increment_increment: %w", err)
	}
	if vars["wsrep_on"] == "ON" {
		c.KeyStepNote, c.KeyStepNoted = stepNote, "SELECT @alkahest_step"
	}
	asMariaDB(&c)
	return c, nil
}

// stepNote keeps the step that its statement uses. A node of a Galera cluster
// takes the step of the whole server at the start of each statement, and that
// changes with the number of nodes
// (https://mariadb.com/kb/en/galera-cluster-system-variables/#wsrep_auto_increment_control).
var stepNote = expr.SQL("IF((@alkahest_step := @@auto_increment_increment) IS NULL, NULL, NULL)")

// product reads what the server says it is. MariaDB may put a 5.5.5- before
// its version, for clients that stop at one digit
// (https://mariadb.com/kb/en/version/).
func product(version, comment string) (string, dialect.Version) {
	for _, p := range []string{mariaDB, "TiDB"} {
		if strings.Contains(version, p) || strings.Contains(comment, p) {
			return p, dialect.ParseVersion(strings.TrimPrefix(version, "5.5.5-"))
		}
	}
	return "MySQL", dialect.ParseVersion(version)
}

// levels returns the isolation levels, the session's default first.
func levels(first string) []dialect.Isolation {
	first = strings.ReplaceAll(first, "-", " ")
	list := []dialect.Isolation{dialect.DefaultIsolation}
	for _, l := range []dialect.Isolation{
		dialect.RepeatableRead, dialect.ReadCommitted, dialect.Serializable, dialect.ReadUncommitted, dialect.Snapshot,
	} {
		if strings.HasPrefix(strings.ToUpper(first), l.String()) {
			list[0] = l
		} else {
			list = append(list, l)
		}
	}
	if list[0] == dialect.DefaultIsolation {
		return list[1:]
	}
	return list
}

// Rules implements dialect.Dialect.
func (m mysql) Rules(c dialect.Capabilities) *compile.Rules { return m.rules(c) }

// Begin implements dialect.Dialect.
func (mysql) Begin(_ dialect.Capabilities, o dialect.TxOptions) ([]string, error) {
	if o.Deferrable {
		return nil, &compile.UnsupportedError{Construct: "deferrable transactions", Dialect: name, Instead: "leave Deferrable out"}
	}
	var set []string
	begin := "START TRANSACTION"
	var features []string
	switch level := o.Isolation; level {
	case dialect.DefaultIsolation:
	case dialect.Snapshot:
		level = dialect.RepeatableRead
		features = append(features, "WITH CONSISTENT SNAPSHOT")
		fallthrough
	default:
		set = append(set, "SET TRANSACTION ISOLATION LEVEL "+level.String())
	}
	if o.ReadOnly {
		features = append(features, "READ ONLY")
	}
	if len(features) > 0 {
		begin += " " + strings.Join(features, ", ")
	}
	return append(set, begin), nil
}
