// Command webapp serves a small forum, from SQLite in memory or from the database that
// a URL names. The forum itself is in package forum.
//
//	go run ./examples/webapp
//	go run ./examples/webapp sqlite:///forum.db
//	go run ./examples/webapp -addr localhost:8080 -db postgresql://user:password@localhost/forum
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alkahest-go/alkahest"
	"github.com/alkahest-go/alkahest/examples/webapp/forum"
	"github.com/alkahest-go/alkahest/web"

	_ "github.com/alkahest-go/alkahest/dialect/mysql/gosqldriver"
	_ "github.com/alkahest-go/alkahest/dialect/postgres/pgx"
	_ "github.com/alkahest-go/alkahest/dialect/sqlite/modernc"
)

func main() {
	url := flag.String("db", "sqlite:///:memory:", "the database; may also be the first argument")
	addr := flag.String("addr", "localhost:0", "where to listen; port 0 is a free one")
	develop := flag.Bool("develop", false, "log each statement, and show the text of errors")
	flag.Parse()
	if flag.NArg() > 0 {
		*url = flag.Arg(0)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *url, *addr, *develop); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, url, addr string, develop bool) error {
	db, err := alkahest.Open(ctx, url)
	if err != nil {
		return err
	}
	defer db.Close(context.WithoutCancel(ctx))
	if err := forum.Prepare(ctx, db); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler:           forum.New(db, forum.Options{Web: web.Options{Timeout: 30 * time.Second, Development: develop}}),
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
	}
	fmt.Printf("http://%s/\n", listener.Addr())
	return serve(ctx, server, listener)
}

// serve serves until the context ends, and then answers what has begun.
func serve(ctx context.Context, server *http.Server, listener net.Listener) error {
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
	defer cancel()
	err := server.Shutdown(ctx)
	if served := <-ended; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}
