package driver

import "context"

// Serializer is implemented by a Conn whose database can be had as bytes, and
// made of such bytes.
type Serializer interface {
	// Serialize returns the whole database, as of now.
	Serialize(ctx context.Context) ([]byte, error)
	// Deserialize replaces the database of this connection, which must be one in
	// memory, by what Serialize of any connection returned. It keeps no part of
	// data. Statements that were prepared before stay good.
	Deserialize(ctx context.Context, data []byte) error
}
