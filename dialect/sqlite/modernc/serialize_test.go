package modernc

import (
	"context"
	"testing"

	"github.com/alkahest-go/alkahest/driver"
)

var _ driver.Serializer = (*conn)(nil)

// A database is copied into memory with its rows, also where its file has a
// write-ahead log, and the copy is a database of its own.
func TestSerialize(t *testing.T) {
	ctx := context.Background()
	for name, from := range map[string]*conn{"file": open(t, Config{Path: file(t)}, driver.ReadWrite), "memory": memory(t)} {
		must(t, from, "CREATE TABLE t (a)")
		must(t, from, "INSERT INTO t VALUES (1), (2)")
		data, err := from.Serialize(ctx)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		to := memory(t)
		if err := to.Deserialize(ctx, data); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		must(t, to, "INSERT INTO t VALUES (3)")
		same(t, number(t, to, "SELECT count(*) FROM t"), 3)
		same(t, number(t, from, "SELECT count(*) FROM t"), 2)
	}
}

func TestSerializeNothing(t *testing.T) {
	ctx := context.Background()
	data, err := memory(t).Serialize(ctx)
	if err != nil {
		t.Fatal(err)
	}
	to := memory(t)
	if err := to.Deserialize(ctx, data); err != nil {
		t.Fatal(err)
	}
	must(t, to, "CREATE TABLE t (a)")
}

func TestDeserializeIntoAFile(t *testing.T) {
	c := open(t, Config{Path: file(t)}, driver.ReadWrite)
	if err := c.Deserialize(context.Background(), []byte("x")); err == nil {
		t.Error("a file was replaced")
	}
}
