package servers

import (
	"context"
	"errors"
	"time"

	"github.com/alkahest-go/alkahest/internal/testdb/servers"
)

var names = map[product]servers.Name{postgres15: servers.PG15, postgres18: servers.PG18, mariaDB: servers.MariaDB, pgBouncer: servers.PgBouncer}

// startTime bounds the starting of a server.
const startTime = 2 * time.Minute

// sharedDir is where the command leaves servers running.
var sharedDir = servers.DefaultDir

// start returns the URL of a server that runs, or runs from now on.
func start(p product) (string, error) {
	if u := servers.Running(sharedDir())[p.env]; u != "" {
		return u, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), startTime)
	defer cancel()
	if started.dir == "" {
		dir, err := servers.TempDir()
		if err != nil {
			return "", err
		}
		started.dir = dir
		if err := servers.Sweep(ctx, dir); err != nil {
			return "", err
		}
	}
	name := names[p]
	r, err := servers.Up(ctx, servers.Options{Dir: started.dir, Only: []servers.Name{name}, DieWithParent: true})
	if err != nil {
		return "", err
	}
	if r.URLs[name] == "" {
		return "", errors.New(r.Absent[name])
	}
	return r.URLs[name], nil
}

func stop(dir string) error { return servers.Down(context.Background(), dir) }
