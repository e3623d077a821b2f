package gosqldriver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	sqldriver "database/sql/driver"

	"github.com/alkahest-go/alkahest/driver"
)

// sessionPlan is what a session is set up with, as far as it depends on the
// server.
type sessionPlan struct {
	set  string // the SET statement
	show string // the SELECT that verifies it and identifies the server
}

// showColumns is the number of columns of sessionPlan.show.
const showColumns = 7

// sessionError says that a server's session can't be made safe to use.
type sessionError struct{ reason string }

func (e *sessionError) Error() string { return "gosqldriver: " + e.reason }

// meaningModes change what the text of a statement means, or which values it
// stores. A session gets them only where the user's own sql_mode asks for them.
var meaningModes = []string{
	"ANSI_QUOTES", "NO_BACKSLASH_ESCAPES", "PIPES_AS_CONCAT", "IGNORE_SPACE", "HIGH_NOT_PRECEDENCE",
	"NO_UNSIGNED_SUBTRACTION", "REAL_AS_FLOAT", "PAD_CHAR_TO_FULL_LENGTH",
	"EMPTY_STRING_IS_NULL", "SIMULTANEOUS_ASSIGNMENT", "ALLOW_INVALID_DATES",
	"ANSI", "DB2", "MAXDB", "MSSQL", "MYSQL323", "MYSQL40", "ORACLE", "POSTGRESQL",
}

// zeroMode has an AUTO_INCREMENT column keep a 0 that is sent. Without it the
// server would give the row another key than the one that the client sent. Each
// session gets it.
const zeroMode = "NO_AUTO_VALUE_ON_ZERO"

// quotingModes change how identifiers and literals are quoted.
var quotingModes = []string{"ANSI_QUOTES", "NO_BACKSLASH_ESCAPES", "ANSI", "DB2", "MAXDB", "MSSQL", "ORACLE", "POSTGRESQL"}

func (c *conn) setUp(role driver.Role) error {
	plan := c.connector.plan.Load()
	if plan == nil {
		var err error
		if plan, err = c.makePlan(); err != nil {
			return err
		}
		c.connector.plan.Store(plan)
	}
	if err := c.applySession(plan, role); err != nil {
		// Behind one address there may be another server than last time.
		c.connector.plan.CompareAndSwap(plan, nil)
		return err
	}
	return nil
}

func (c *conn) applySession(plan *sessionPlan, role driver.Role) error {
	if err := c.run(plan.set); err != nil {
		return err
	}
	if role == driver.ReadOnly {
		if err := c.run("SET SESSION TRANSACTION READ ONLY"); err != nil {
			return err
		}
	}
	rows, err := c.texts(plan.show)
	if err != nil {
		return err
	}
	if len(rows) != 1 || len(rows[0]) != showColumns {
		return &sessionError{"the server does not answer questions about its session"}
	}
	row := rows[0]
	id, err := strconv.ParseUint(row[0], 10, 64)
	if err != nil {
		return &sessionError{"the server gives no connection id"}
	}
	modes := strings.Split(row[1], ",")
	if row[2] != "+00:00" || row[3] != "utf8mb4" || !strict(modes) || !slices.Contains(modes, zeroMode) {
		return &sessionError{"the session's time_zone, character set or sql_mode did not take effect; is a proxy in between?"}
	}
	if c.maxArgument, err = strconv.Atoi(row[5]); err != nil {
		return &sessionError{"the server gives no max_allowed_packet"}
	}
	c.clustered = row[6] == "1"
	if c.server == "" { // a Reset may run while a cancel reads it
		c.id, c.server, c.role = id, row[4], role
	}
	return nil
}

func (c *conn) makePlan() (*sessionPlan, error) {
	rows, err := c.texts("SHOW VARIABLES WHERE Variable_name IN ('sql_mode', 'server_uuid', 'server_uid', 'wsrep_on')")
	if err != nil {
		return nil, err
	}
	identity := "@@hostname, @@port, @@server_id, @@pid_file"
	mode, clustered := "", "0"
	for _, row := range rows {
		switch {
		case strings.EqualFold(row[0], "sql_mode"):
			mode = row[1]
		case strings.EqualFold(row[0], "wsrep_on"):
			clustered = "@@wsrep_on"
		case isWord(row[0]):
			identity += ", @@" + row[0]
		}
	}
	modes, err := c.connector.cfg.modes(mode)
	if err != nil {
		return nil, err
	}
	return &sessionPlan{
		set: c.connector.cfg.setStatement(modes),
		show: "SELECT CONNECTION_ID(), @@sql_mode, @@time_zone, @@character_set_client, CONCAT_WS('|', " +
			identity + "), @@max_allowed_packet, " + clustered,
	}, nil
}

// modes returns the modes of a session on a server whose own are given.
func (c *Config) modes(server string) ([]string, error) {
	base, own := server, false
	for name, value := range c.Vars {
		if strings.EqualFold(name, "sql_mode") {
			base, own = value, true
		}
	}
	var modes []string
	for mode := range strings.SplitSeq(strings.ToUpper(base), ",") {
		mode = strings.TrimSpace(mode)
		switch {
		case mode == "" || mode == zeroMode:
		case !isWord(mode):
			return nil, &sessionError{"sql_mode is not a list of names"}
		case own && slices.Contains(quotingModes, mode):
			return nil, &sessionError{"sql_mode " + mode + " changes quoting and cannot be used"}
		case !own && slices.Contains(meaningModes, mode):
		default:
			modes = append(modes, mode)
		}
	}
	if !strict(modes) {
		modes = append(modes, "STRICT_TRANS_TABLES")
	}
	return append(modes, zeroMode), nil
}

func strict(modes []string) bool {
	return slices.Contains(modes, "STRICT_TRANS_TABLES") || slices.Contains(modes, "STRICT_ALL_TABLES")
}

func (c *Config) setStatement(modes []string) string {
	var b strings.Builder
	b.WriteString("SET NAMES utf8mb4")
	if c.Collation != "" {
		b.WriteString(" COLLATE " + c.Collation)
	}
	b.WriteString(", time_zone = '+00:00', autocommit = 1, sql_auto_is_null = 0, sql_mode = '" + strings.Join(modes, ",") + "'")
	for _, name := range slices.Sorted(maps.Keys(c.Vars)) {
		if strings.EqualFold(name, "sql_mode") {
			continue
		}
		b.WriteString(", " + name + " = " + varLiteral(c.Vars[name]))
	}
	return b.String()
}

// varLiteral writes a value that checkVar has let pass.
func varLiteral(value string) string {
	if _, err := strconv.ParseFloat(value, 64); err == nil && strings.Trim(value, "+-.0123456789") == "" {
		return value
	}
	return "'" + strings.ReplaceAll(value, "'", "''") + "'"
}

// run executes a statement of the library's own.
func (c *conn) run(sql string) error {
	_, err := c.raw.ExecContext(context.Background(), sql, nil)
	return err
}

// texts returns the rows of a statement of the library's own, as text.
func (c *conn) texts(sql string) ([][]string, error) {
	rows, err := c.raw.QueryContext(context.Background(), sql, nil)
	if err != nil {
		return nil, err
	}
	var all [][]string
	values := make([]sqldriver.Value, len(rows.Columns()))
	for {
		err = rows.Next(values)
		if err != nil {
			break
		}
		row := make([]string, len(values))
		for i, v := range values {
			if b, ok := v.([]byte); ok {
				row[i] = string(b)
			} else if v != nil {
				row[i] = fmt.Sprint(v)
			}
		}
		all = append(all, row)
	}
	if !errors.Is(err, io.EOF) {
		rows.Close()
		return nil, err
	}
	return all, rows.Close()
}
