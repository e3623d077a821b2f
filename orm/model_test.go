package orm_test

import (
	"database/sql"
	"time"

	"github.com/google/uuid"

	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// User has a generated key.
type User struct {
	ID    int64
	Name  string
	Email *string
}

type userTable struct {
	orm.Table[User]
	ID    schema.Int64
	Name  schema.Text
	Email schema.Text
}

// Post references a user and, for what it answers, a post.
type Post struct {
	ID       int64
	AuthorID sql.Null[int64]
	AnswerTo *int64
	Title    string
}

type postTable struct {
	orm.Table[Post]
	ID       schema.Int64
	AuthorID schema.Int64
	AnswerTo schema.Int64
	Title    schema.Text
}

// Everything has a field of each common kind.
type Everything struct {
	ID       int64
	Small    int16
	Middle   int32
	Number   int
	Exact    sqltype.Decimal
	Float    float64
	Single   float32
	Yes      bool
	Name     string
	Long     string
	Blob     []byte
	Day      time.Time
	Wall     time.Time
	Moment   time.Time
	Clock    time.Duration
	Key      uuid.UUID
	Color    Color
	Tags     []string
	Settings map[string]int
	Nick     *string
	Age      sql.Null[int32]
	Seen     *time.Time
}

// Color is an enumeration.
type Color string

type everythingTable struct {
	orm.Table[Everything]
	ID       schema.Int64
	Small    schema.Int16
	Middle   schema.Int32
	Number   schema.Int
	Exact    schema.Decimal
	Float    schema.Float64
	Single   schema.Float32
	Yes      schema.Bool
	Name     schema.Text
	Long     schema.Text
	Blob     schema.Bytes
	Day      schema.Time
	Wall     schema.Time
	Moment   schema.Time
	Clock    schema.Clock
	Key      schema.UUID
	Color    schema.TextOf[Color]
	Tags     schema.JSON[[]string]
	Settings schema.JSON[map[string]int]
	Nick     schema.Text
	Age      schema.Int32
	Seen     schema.Time
}

var (
	shop  = orm.NewBase()
	Users = orm.Declare(shop, "users", userTable{
		ID:    schema.BigInteger(schema.PrimaryKey()),
		Name:  schema.String(50),
		Email: schema.String(100, schema.Unique()),
	})
	Posts = orm.Declare(shop, "posts", postTable{
		ID:       schema.BigInteger(schema.PrimaryKey()),
		AuthorID: schema.BigInteger(schema.References(Users.ID)),
		AnswerTo: schema.BigInteger(schema.ForeignKey("posts.id")),
		Title:    schema.String(80),
	})

	kinds       = orm.NewBase()
	Everythings = orm.Declare(kinds, "everything", everythingTable{
		ID:       schema.BigInteger(schema.PrimaryKey()),
		Exact:    schema.Numeric(12, 2),
		Name:     schema.String(50),
		Long:     schema.LongString(),
		Day:      schema.Date(),
		Wall:     schema.DateTime(),
		Moment:   schema.Timestamp(),
		Clock:    schema.TimeOfDay(),
		Color:    schema.EnumOf("color", []Color{"red", "green"}),
		Tags:     schema.JSONOf[[]string](),
		Settings: schema.JSONOf[map[string]int](),
		Nick:     schema.String(20),
		Seen:     schema.Timestamp(),
	})
)

func ptr[T any](v T) *T { return &v }

// everything returns an entity with a value in each field.
func everything() *Everything {
	return &Everything{
		Small: 1, Middle: 2, Number: 3, Exact: sqltype.MustParseDecimal("4.50"), Float: 5.5, Single: 6.25, Yes: true, Name: "seven", Long: "eight", Blob: []byte{9},
		Day: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC), Wall: time.Date(2026, 11, 22, 8, 47, 49, 123456000, time.UTC),
		Moment: time.Date(2026, 11, 22, 8, 47, 49, 654321000, time.UTC), Clock: 13*time.Hour + 37*time.Minute,
		Key: uuid.UUID{1, 2, 3}, Color: "green", Tags: []string{"a", "b"}, Settings: map[string]int{"x": 1}, Nick: ptr("ten"),
		Age: sql.Null[int32]{V: 11, Valid: true}, Seen: ptr(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)),
	}
}
