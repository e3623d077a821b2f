package webload

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"

	_ "github.com/go-sql-driver/mysql"
	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"

	"github.com/alkahest-go/alkahest"
	"github.com/alkahest-go/alkahest/bench/webload/byhand"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/examples/webapp/forum"

	_ "github.com/alkahest-go/alkahest/dialect/mysql/gosqldriver"
	_ "github.com/alkahest-go/alkahest/dialect/postgres/pgx"
	_ "github.com/alkahest-go/alkahest/dialect/sqlite/modernc"
)

// connections is how many both sites use at most.
const connections = 16

// Site is a forum that is being served, and the database behind it.
type Site struct {
	*httptest.Server
	DB    *alkahest.Engine // to look at what is there
	close []func() error
}

// serve opens the database of the checks, with its tables.
func serve(ctx context.Context, dbURL string, opts ...alkahest.Option) (*Site, error) {
	db, err := alkahest.Open(ctx, dbURL, opts...)
	if err != nil {
		return nil, err
	}
	s := &Site{DB: db}
	return s, errors.Join(forum.Base.Check(), db.CreateAll(ctx, forum.Base.MetaData))
}

func (s *Site) start(h http.Handler) {
	s.Server = httptest.NewServer(h)
}

// Close ends the site.
func (s *Site) Close(ctx context.Context) error {
	if s.Server != nil {
		s.Server.Close()
	}
	var errs []error
	for _, f := range s.close {
		errs = append(errs, f())
	}
	return errors.Join(append(errs, s.DB.Close(ctx))...)
}

// Forum serves the forum of the example.
func Forum(ctx context.Context, dbURL string) (*Site, error) {
	s, err := serve(ctx, dbURL, engine.Pool(connections, 0))
	if err != nil {
		return s, err
	}
	s.start(forum.New(s.DB, forum.Options{Rounds: 1}))
	return s, nil
}

// ByHand serves the one that is written by hand.
func ByHand(ctx context.Context, dbURL string) (*Site, error) {
	s, err := serve(ctx, dbURL)
	if err != nil {
		return s, err
	}
	driver, dsn, product, err := source(dbURL)
	if err != nil {
		return s, err
	}
	read, err := s.pool(driver, dsn, connections)
	if err != nil {
		return s, err
	}
	write := read
	if product == byhand.SQLite { // one writer at a time
		if write, err = s.pool(driver, dsn+"&_txlock=immediate", 1); err != nil {
			return s, err
		}
	}
	app, err := byhand.New(ctx, read, write, product, os.DirFS("../../examples/webapp/forum/templates"))
	if err != nil {
		return s, err
	}
	s.close = append([]func() error{app.Close}, s.close...)
	s.start(app)
	return s, nil
}

func (s *Site) pool(driver, dsn string, size int) (*sql.DB, error) {
	db, err := sql.Open(driver, dsn)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(size)
	db.SetMaxIdleConns(size)
	s.close = append(s.close, db.Close)
	return db, nil
}

// source is what database/sql calls the database, with the settings that the library
// has too.
func source(dbURL string) (driver, dsn string, p byhand.Product, err error) {
	switch scheme, rest, _ := strings.Cut(dbURL, "://"); scheme {
	case "sqlite":
		pragmas := "?_pragma=busy_timeout(5000)&_pragma=foreign_keys(1)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)&_time_format=sqlite"
		return "sqlite", "file:" + strings.TrimPrefix(rest, "/") + pragmas, byhand.SQLite, nil
	case "mariadb":
		u, err := url.Parse(dbURL)
		if err != nil {
			return "", "", p, err
		}
		password, _ := u.User.Password()
		return "mysql", fmt.Sprintf("%s:%s@tcp(%s)%s?parseTime=true", u.User.Username(), password, u.Host, u.Path), byhand.MariaDB, nil
	}
	return "pgx", dbURL, byhand.PostgreSQL, nil
}
