package orm

import (
	"time"

	"github.com/alkahest-go/alkahest/schema"
)

// Timestamps is embedded in an entity, and TimestampColumns in its struct of
// columns, with NewTimestamps in the literal: the first says when the row was
// made, and the second when it was last changed, by the program's clock. UPDATE
// statements set it too.
type Timestamps struct {
	CreatedAt time.Time
	UpdatedAt time.Time
}

// TimestampColumns are the columns of Timestamps.
type TimestampColumns struct {
	CreatedAt schema.Time
	UpdatedAt schema.Time
}

// NewTimestamps declares the columns, created_at and updated_at. A time that the
// program sets by itself is sent.
func NewTimestamps() TimestampColumns { return NewTimestampsBy(time.Now) }

// NewTimestampsBy is NewTimestamps by another clock than the system's, such as a
// variable of the program's that tests set: func() time.Time { return Now() }.
func NewTimestampsBy(clock func() time.Time) TimestampColumns {
	now := func() time.Time { return clock().UTC() }
	return TimestampColumns{
		CreatedAt: schema.Timestamp(schema.DefaultFunc(now)),
		UpdatedAt: schema.Timestamp(schema.DefaultFunc(now), schema.UpdateFunc(now)),
	}
}
