// Command peers compares the library with hand-written database/sql, with the
// drivers themselves and with other libraries, on the same tables of the same
// databases. Within a round every contestant does a workload once, in an order
// that changes; what it leaves is checked outside of the measured time; what is
// shown are medians of the rounds' ratios to hand-written database/sql.
//
//	go run . -db sqlite -only bf -who "database/sql,Alkahest session" -rounds 7
//	go run . -db all -json ../results/name.json
//	go run . -db "" -compile
//	go run . -report ../results -readme ../../README.md
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"strings"
)

func main() {
	// The context can be cancelled, as that of a program is, which costs something.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	log.SetFlags(0)
	if err := command(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil && !errors.Is(err, flag.ErrHelp) {
		log.Fatal(err)
	}
}

func command(ctx context.Context, args []string, out, progress io.Writer) error {
	flags := flag.NewFlagSet("peers", flag.ContinueOnError)
	flags.SetOutput(progress)
	p := plan{warmed: true, say: func(format string, args ...any) { fmt.Fprintf(progress, format+"\n", args...) }}
	dbs := flags.String("db", onSQLite, "all, none by \"\", or some of sqlite (a file in a temporary place), postgresql and mariadb (servers that TESTDB_PG15 and TESTDB_MARIADB name), or URLs of databases in which tables may be made; separated by commas")
	flags.StringVar(&p.only, "only", "", "the keys of the workloads: bf, or b,f,c6")
	flags.StringVar(&p.who, "who", "", "the names of the contestants, separated by commas")
	flags.IntVar(&p.rounds, "rounds", 7, "how many rounds")
	quick := flags.Bool("quick", false, "smaller counts, and at most three rounds")
	flags.IntVar(&p.chunk, "chunk", 500, "rows of a hand-written multi-row statement")
	flags.StringVar(&p.profile, "cpuprofile", "", "write the profile of what is measured of the last trial to this file; best with -only and -who of one, and -rounds 1")
	compiles := flags.Bool("compile", false, "measure too what the compiler needs for a model of 50 tables; only in the directory of this command")
	jsonPath := flags.String("json", "", "write the samples to this file")
	reportDir := flags.String("report", "", "measure nothing: make table and picture of the results in this directory")
	readme := flags.String("readme", "", "with -report: the file that gets the table, between its markers")
	picture := flags.String("picture", "", "with -report: the file that gets the picture")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *reportDir != "" {
		return report(*reportDir, *readme, *picture, out)
	}
	p.sizes = fullSizes()
	if *quick {
		p.sizes, p.rounds = quickSizes(), min(p.rounds, 3)
	}
	if p.rounds < 1 || p.chunk < 1 {
		return errors.New("-rounds and -chunk must be at least 1")
	}
	if *dbs == "all" {
		*dbs = strings.Join([]string{onSQLite, onPostgreSQL, onMariaDB}, ",")
	}
	r := newResults(p, *quick)
	if *compiles {
		c, err := compiled(ctx, 50, 3)
		if err != nil {
			return err
		}
		r.Compile = c
	}
	if *dbs != "" {
		for name := range strings.SplitSeq(*dbs, ",") {
			if err := r.add(ctx, name, p); err != nil {
				return err
			}
		}
	}
	if *jsonPath != "" {
		if err := r.write(*jsonPath); err != nil {
			return err
		}
	}
	r.show(out)
	return nil
}

// show writes the tables.
func (r *results) show(out io.Writer) {
	for _, t := range tables(r.Cells) {
		t.write(out)
	}
	if r.Compile != nil {
		fmt.Fprintf(out, "\n%s\n", r.Compile)
	}
}

// add measures on one database.
func (r *results) add(ctx context.Context, name string, p plan) (err error) {
	d, err := openDatabase(ctx, name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	r.Databases[d.product] = d.version
	cells, err := measure(ctx, d, p)
	r.Cells = append(r.Cells, cells...)
	return err
}
