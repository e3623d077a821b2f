package schema_test

import (
	"testing"

	"github.com/google/uuid"

	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// A row that sets no UUID gets a new one, of the version that was asked for.
func TestUUIDDefaults(t *testing.T) {
	for version, option := range map[uuid.Version]schema.Option{4: schema.DefaultUUIDv4(), 7: schema.DefaultUUIDv7()} {
		c := schema.NewColumn("id", sqltype.UUID{}, option)
		seen := map[string]bool{}
		for range 100 {
			v, err := c.Default.Value()
			if err != nil {
				t.Fatal(err)
			}
			id := uuid.UUID(v.Bytes())
			if id.Version() != version || seen[id.String()] {
				t.Errorf("got %s of version %d, want a new one of version %d", id, id.Version(), version)
			}
			seen[id.String()] = true
		}
	}
}
