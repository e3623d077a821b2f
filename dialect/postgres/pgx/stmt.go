package pgx

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// stmt is a prepared statement. Where nothing may be kept in the session, it
// is a text that is parsed anew by each execution.
type stmt struct {
	conn    *conn
	sql     string
	desc    *pgconn.StatementDescription // nil without a name
	oids    []uint32
	params  []*pgType
	formats []int16 // of the results
	columns []column
	closed  bool
}

// describe takes over what the server said about parameters and results, and
// chooses the format of each column.
func (s *stmt) describe(desc *pgconn.StatementDescription) {
	s.desc, s.oids = desc, desc.ParamOIDs
	s.formats = make([]int16, len(desc.Fields))
	for i := range desc.Fields {
		if t := typesByOID[desc.Fields[i].DataTypeOID]; t != nil && t.binary {
			s.formats[i] = formatBinary
		}
		desc.Fields[i].Format = s.formats[i]
	}
	s.columns = columnsOf(desc.Fields)
	if len(s.formats) == 0 {
		s.formats = nil
	}
}

func columnsOf(fields []pgconn.FieldDescription) []column {
	columns := make([]column, len(fields))
	for i := range fields {
		f := &fields[i]
		columns[i] = column{
			oid: f.DataTypeOID, binary: f.Format == formatBinary,
			typ: typesByOID[f.DataTypeOID], name: f.Name,
		}
	}
	return columns
}

// columnsFor returns the columns of a result: those that Prepare learned, or
// those of the result itself.
func (s *stmt) columnsFor(fields []pgconn.FieldDescription) []column {
	if len(fields) == len(s.columns) {
		same := true
		for i := range fields {
			c := &s.columns[i]
			same = same && c.oid == fields[i].DataTypeOID && c.name == fields[i].Name &&
				c.binary == (fields[i].Format == formatBinary)
		}
		if same {
			return s.columns
		}
	}
	s.columns = columnsOf(fields)
	return s.columns
}

// Exec implements driver.Stmt.
func (s *stmt) Exec(ctx context.Context, args []sqltype.Value) (driver.Result, error) {
	rr, err := s.start(ctx, args)
	if err != nil {
		return driver.Result{RowsAffected: -1}, err
	}
	tag, err := rr.Close()
	return result(tag), s.conn.failure(ctx, err)
}

// Query implements driver.Stmt.
func (s *stmt) Query(ctx context.Context, args []sqltype.Value) (driver.Rows, error) {
	rr, err := s.start(ctx, args)
	if err != nil {
		return nil, err
	}
	if s.desc != nil && len(s.desc.Fields) > 0 && len(rr.FieldDescriptions()) == 0 {
		// The server refused it before the first row, perhaps because the statement
		// is stale: the caller is told while it can still send it again.
		if _, err := rr.Close(); err != nil {
			return nil, s.conn.failure(ctx, err)
		}
	}
	r := &rows{}
	r.begin(ctx, s, rr)
	return r, nil
}

func (s *stmt) start(ctx context.Context, args []sqltype.Value) (*pgconn.ResultReader, error) {
	c := s.conn
	if err := c.ready(ctx); err != nil {
		return nil, err
	}
	if s.closed {
		return nil, fmt.Errorf("pgx: the prepared statement: %w", sqlerr.ErrClosed)
	}
	if err := c.args.bind(s.params, args); err != nil {
		return nil, err
	}
	if s.desc == nil {
		return c.pg.ExecParams(ctx, s.sql, c.args.values, s.oids, c.args.formats, nil), nil
	}
	return c.pg.ExecStatement(ctx, s.desc, c.args.values, c.args.formats, s.formats), nil
}

// send queues an execution.
func (s *stmt) send(p *pgconn.Pipeline, args []sqltype.Value) error {
	c := s.conn
	if s.closed {
		return fmt.Errorf("pgx: the prepared statement: %w", sqlerr.ErrClosed)
	}
	if err := c.args.bind(s.params, args); err != nil {
		return err
	}
	if s.desc == nil {
		p.SendQueryParams(s.sql, c.args.values, s.oids, c.args.formats, nil)
	} else {
		p.SendQueryStatement(s.desc, c.args.values, c.args.formats, s.formats)
	}
	return nil
}

// Close implements driver.Stmt. The server frees the statement at the
// connection's next Prepare.
func (s *stmt) Close(context.Context) error {
	if !s.closed && s.desc != nil {
		delete(s.conn.open, s.desc.Name)
		s.conn.stale = append(s.conn.stale, s.desc.Name)
	}
	s.closed = true
	return nil
}
