package alkahesttest

import (
	"context"
	"fmt"
	"hash/fnv"
	"math/rand/v2"

	"github.com/alkahest-go/alkahest/engine"
)

// LeftoverFor returns a name as a run had it that is no more.
func LeftoverFor(url string) string {
	u, err := engine.ParseURL(url)
	if err != nil {
		panic(err)
	}
	h := fnv.New32a()
	h.Write([]byte(u.Database()))
	return fmt.Sprintf("%s%08x_%016x_1", allNames, h.Sum32(), rand.Uint64())
}

// Updating reports whether golden files are written.
func Updating() bool { return updating() }

// Sweep does what a template does before it makes a database.
func Sweep(url string) error {
	m := NewTemplate(url, nil)
	ctx := context.Background()
	db, err := engine.Open(ctx, url)
	if err != nil {
		return err
	}
	caps, err := db.Capabilities(ctx)
	if err != nil {
		return err
	}
	if m.names, err = newNames(ctx, db, caps.Databases); err != nil {
		return err
	}
	return m.names.close()
}
