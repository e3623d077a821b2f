package schema

import "github.com/google/uuid"

// DefaultUUIDv4 fills a UUID column of a row that sets none with a random one
// (version 4).
func DefaultUUIDv4() Option { return DefaultFunc(uuid.New) }

// DefaultUUIDv7 fills a UUID column of a row that sets none with one that begins
// with the time (version 7), so that new keys stand at the end of an index.
func DefaultUUIDv7() Option {
	return DefaultFunc(func() uuid.UUID { return uuid.Must(uuid.NewV7()) })
}
