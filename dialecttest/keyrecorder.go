package dialecttest

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// recorder is a connection to no database. It notes what is sent, and answers
// as a server would that gives ids from 1 up. Its INSERTs are those of key
// configurations, whose rows are counted by their values of x.
type recorder struct {
	dialect   dialect.Dialect
	caps      dialect.Capabilities
	sent      []string
	inTx      bool
	lastID    uint64
	sequences map[string]*recordedSequence
	rowIDs    map[string]string // by RowIDCheck of a table: the column, "" for none
}

type recordedSequence struct{ next, increment int64 }

func newRecorder(d dialect.Dialect, c dialect.Capabilities) *recorder {
	return &recorder{dialect: d, caps: c, sequences: map[string]*recordedSequence{}, rowIDs: map[string]string{}}
}

// expect tells the recorder of a table: which of its columns is the row id is
// what its CREATE TABLE has said.
func (r *recorder) expect(t *schema.Table) error {
	check, err := r.dialect.RowIDCheck(t)
	if err != nil || check == "" {
		return err
	}
	r.rowIDs[check] = ""
	for _, sql := range r.sent {
		for _, c := range t.Columns() {
			if strings.HasPrefix(sql, `CREATE TABLE "`+t.Name+`"`) && strings.Contains(sql, `"`+c.Name+`" INTEGER PRIMARY KEY`) {
				r.rowIDs[check] = c.Name
			}
		}
	}
	return nil
}

// knownServer is a dialect whose server is not asked what it is.
type knownServer struct {
	dialect.Dialect
	caps dialect.Capabilities
}

// Probe implements dialect.Dialect.
func (k knownServer) Probe(context.Context, dialect.Querier) (dialect.Capabilities, error) {
	return k.caps, nil
}

// take returns what was sent since it was called last, statements that were
// sent several times in a row as one.
func (r *recorder) take() string {
	var b strings.Builder
	for i := 0; i < len(r.sent); {
		n := 1
		for i+n < len(r.sent) && r.sent[i+n] == r.sent[i] {
			n++
		}
		b.WriteString(r.sent[i])
		if n > 1 {
			fmt.Fprintf(&b, "  ×%d", n)
		}
		b.WriteString("\n")
		i += n
	}
	r.sent = nil
	return b.String()
}

// answer notes a statement and makes its result.
func (r *recorder) answer(sql string, args []sqltype.Value) (rows [][]int64, result driver.Result) {
	table := r.dialect.SequenceTable(r.caps)
	switch {
	case r.transaction(sql):
		return nil, driver.Result{}
	case sql != "" && sql == r.caps.InsertTriggers:
		r.note("[is there a trigger that may change the ids?]")
		return [][]int64{{0}}, driver.Result{}
	case sql == r.caps.KeyStepQuery, sql == r.caps.SchemaVersion:
		return [][]int64{{1}}, driver.Result{}
	case table != nil && slices.Contains([]string{table.Create, table.Define, table.Increment, table.Take, table.Drop}, sql):
		return r.fromTable(table, sql, args)
	case !slices.ContainsFunc(recordedWords, func(word string) bool { return strings.HasPrefix(sql, word) }):
		return nil, driver.Result{} // a catalog, of which nothing is there
	}
	r.note(sql)
	n := countRows(args)
	if strings.Contains(sql, "MERGE ") {
		for i := range n {
			rows = append(rows, []int64{int64(i)}) // which row it is; its id may be any
		}
		return rows, driver.Result{RowsAffected: int64(n)}
	}
	result = driver.Result{RowsAffected: int64(n), LastInsertID: r.lastID + 1}
	for range n {
		r.lastID++
		rows = append(rows, []int64{int64(r.lastID)})
	}
	return rows, result
}

// recordedWords are the words with which statements begin that are no queries.
var recordedWords = []string{"INSERT", "MERGE", "CREATE", "ALTER", "SET ", "DECLARE", "EXECUTE"}

// transaction reports whether the statement is about transactions.
func (r *recorder) transaction(sql string) bool {
	word, _, _ := strings.Cut(sql, " ")
	if strings.HasPrefix(sql, "SET TRANSACTION") {
		word = "BEGIN"
	}
	switch word {
	case "BEGIN", "START":
		r.inTx = true
	case "COMMIT", "ROLLBACK":
		r.inTx = r.inTx && strings.Contains(sql, " TO ")
	case "SAVEPOINT", "RELEASE", "SAVE":
	default:
		return false
	}
	return true
}

// note keeps the statement, on lines that can be read.
func (r *recorder) note(sql string) { r.sent = append(r.sent, strings.TrimSpace(sql)) }

// fromTable answers for the sequence table.
func (r *recorder) fromTable(table *dialect.SequenceTable, sql string, args []sqltype.Value) ([][]int64, driver.Result) {
	switch sql {
	case table.Create:
		r.note("[create the sequence table]")
	case table.Define:
		r.sequences[args[0].Text()] = &recordedSequence{next: args[1].Int64(), increment: args[2].Int64()}
		r.note(fmt.Sprintf("[define %s: start %d, increment %d, min %d, max %d, cycle %d, carrier %q]",
			args[0].Text(), args[1].Int64(), args[2].Int64(), args[3].Int64(), args[4].Int64(), args[5].Int64(), args[6].Text()))
	case table.Increment:
		if s := r.sequences[args[0].Text()]; s != nil {
			return [][]int64{{s.increment}}, driver.Result{}
		}
	case table.Take:
		n, s := args[0].Int64(), r.sequences[args[1].Text()]
		r.note(fmt.Sprintf("[take %d of %s]", n, args[1].Text()))
		first := s.next
		s.next += n * s.increment
		return [][]int64{{first}}, driver.Result{RowsAffected: 1, LastInsertID: uint64(first)}
	}
	return nil, driver.Result{RowsAffected: 1}
}

// countRows counts the rows of an INSERT. Those without x have one value at
// most.
func countRows(args []sqltype.Value) int {
	n := 0
	for _, a := range args {
		if a.Kind() == sqltype.KindText && strings.HasPrefix(a.Text(), "x") {
			n++
		}
	}
	if n == 0 {
		for _, a := range args {
			if !a.IsNull() {
				n++
			}
		}
	}
	return max(n, 1)
}

// Connect implements driver.Connector.
func (r *recorder) Connect(context.Context, driver.Role) (driver.Conn, error) { return r, nil }

// String implements driver.Connector.
func (r *recorder) String() string { return "a recorder of " + r.dialect.Name() }

// Prepare implements driver.Conn.
func (r *recorder) Prepare(_ context.Context, sql string, _ []sqltype.Type) (driver.Stmt, error) {
	return recordedStmt{r, sql}, nil
}

// Exec implements driver.Conn.
func (r *recorder) Exec(_ context.Context, sql string) (driver.Result, error) {
	_, result := r.answer(sql, nil)
	return result, nil
}

// Batch implements driver.Conn.
func (r *recorder) Batch(ctx context.Context, items []driver.Item, deliver func(i int, rows driver.Rows) error) error {
	return driver.RunBatch(ctx, r, items, deliver)
}

// Ping implements driver.Conn.
func (*recorder) Ping(context.Context) error { return nil }

// InTx implements driver.Conn.
func (r *recorder) InTx() bool { return r.inTx }

// Reset implements driver.Conn.
func (*recorder) Reset(context.Context) error { return nil }

// Broken implements driver.Conn.
func (*recorder) Broken() bool { return false }

// Close implements driver.Conn.
func (*recorder) Close(context.Context) error { return nil }

// Raw implements driver.Conn.
func (r *recorder) Raw() any { return r }

type recordedStmt struct {
	r   *recorder
	sql string
}

// Exec implements driver.Stmt.
func (s recordedStmt) Exec(_ context.Context, args []sqltype.Value) (driver.Result, error) {
	_, result := s.r.answer(s.sql, args)
	return result, nil
}

// Query implements driver.Stmt.
func (s recordedStmt) Query(_ context.Context, args []sqltype.Value) (driver.Rows, error) {
	if name, known := s.r.rowIDs[s.sql]; known {
		s.r.note("[is there a trigger that may change the ids?]")
		return &recordedRows{rows: [][]int64{{0}}, at: -1, name: name}, nil
	}
	rows, result := s.r.answer(s.sql, args)
	return &recordedRows{rows: rows, at: -1, result: result}, nil
}

// Close implements driver.Stmt.
func (recordedStmt) Close(context.Context) error { return nil }

// recordedRows are rows of which each column is the row's one number.
type recordedRows struct {
	sqltype.Row
	rows   [][]int64
	at     int
	result driver.Result
	name   string // the text of each column, instead of the number
}

// Columns implements driver.Rows.
func (*recordedRows) Columns() []driver.Column { return nil }

// Next implements driver.Rows.
func (r *recordedRows) Next() bool {
	r.at = min(r.at+1, len(r.rows))
	return r.at < len(r.rows)
}

// Close implements driver.Rows.
func (r *recordedRows) Close() error { return nil }

// Result implements driver.Rows.
func (r *recordedRows) Result() driver.Result { return r.result }

// IsNull implements sqltype.Row.
func (*recordedRows) IsNull(int) bool { return false }

// Int64 implements sqltype.Row.
func (r *recordedRows) Int64(int) int64 { return r.rows[r.at][0] }

// Uint64 implements sqltype.Row.
func (r *recordedRows) Uint64(int) uint64 { return uint64(r.rows[r.at][0]) }

// Text implements sqltype.Row.
func (r *recordedRows) Text(int) []byte {
	if r.name != "" {
		return []byte(r.name)
	}
	return strconv.AppendInt(nil, r.rows[r.at][0], 10)
}

// Err implements sqltype.Row.
func (*recordedRows) Err() error { return nil }
