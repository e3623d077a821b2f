package forum

import (
	"time"

	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
)

// The longest texts, in characters. The columns hold them, and the forms say them.
const (
	maxName    = 20
	maxTitle   = 120
	maxText    = 10_000
	maxTag     = 24
	maxTags    = 5
	hashLength = 160
)

// User is somebody who has signed up. No page needs the hash of the password, so
// that queries leave it out; only signing in asks for it.
type User struct {
	ID       int64
	Name     string
	Password orm.Deferred[string]
	Joined   time.Time
}

// Post begins a thread. Replies and Points are counted as comments and votes come
// and go; they equal the numbers of rows, which Audit holds.
type Post struct {
	ID       int64
	Title    string
	Text     string
	AuthorID int64
	Written  time.Time
	Edited   *time.Time // nil: never
	Replies  int64
	Points   int64
	Version  int64
	Author   orm.One[User]
	Tags     orm.Many[Tag]
	Comments orm.Many[Comment]
}

// Comment is a reply to a post.
type Comment struct {
	ID       int64
	PostID   int64
	AuthorID int64
	Text     string
	Written  time.Time
	Author   orm.One[User]
	Post     orm.One[Post]
}

// Tag is what posts are about.
type Tag struct {
	ID    int64
	Name  string
	Posts orm.Many[Post]
}

// PostTag says that a post is about a tag.
type PostTag struct{ PostID, TagID int64 }

// Vote is the point that a user has given to a post. There is one at most: they are
// the primary key together.
type Vote struct{ PostID, UserID int64 }

// Login is a browser that is signed in. The row has the hash of the token that the
// cookie holds, so that who reads the table can't sign in with it.
type Login struct {
	Token   string
	UserID  int64
	Expires time.Time
	User    orm.One[User]
}

type userTable struct {
	orm.Table[User]
	ID       schema.Int64
	Name     schema.Text
	Password schema.Text
	Joined   schema.Time
}

type postTable struct {
	orm.Table[Post]
	ID       schema.Int64
	Title    schema.Text
	Text     schema.Text
	AuthorID schema.Int64
	Written  schema.Time
	Edited   schema.Time
	Replies  schema.Int64
	Points   schema.Int64
	Version  schema.Int64
	Author   orm.BelongsTo[Post, User]
	Tags     orm.ManyToMany[Post, Tag]
	Comments orm.HasMany[Post, Comment]
}

type commentTable struct {
	orm.Table[Comment]
	ID       schema.Int64
	PostID   schema.Int64
	AuthorID schema.Int64
	Text     schema.Text
	Written  schema.Time
	Author   orm.BelongsTo[Comment, User]
	Post     orm.BelongsTo[Comment, Post]
}

type tagTable struct {
	orm.Table[Tag]
	ID    schema.Int64
	Name  schema.Text
	Posts orm.ManyToMany[Tag, Post]
}

type postTagTable struct {
	orm.Table[PostTag]
	PostID, TagID schema.Int64
}

type voteTable struct {
	orm.Table[Vote]
	PostID, UserID schema.Int64
}

type loginTable struct {
	orm.Table[Login]
	Token   schema.Text
	UserID  schema.Int64
	Expires schema.Time
	User    orm.BelongsTo[Login, User]
}

// Base holds the tables of the forum.
var Base = orm.NewBase()

// Users is the table of users. A name is there once.
var Users = orm.Declare(Base, "forum_users", userTable{
	ID:       schema.BigInteger(schema.PrimaryKey()),
	Name:     schema.String(maxName, schema.Unique(), orm.Validate(checkName)),
	Password: schema.String(hashLength),
	Joined:   schema.Timestamp(schema.DefaultFunc(time.Now)),
})

// Posts is the table of posts. The version is what an edit was made on: who edits an
// older one is told so.
var Posts = orm.Declare(Base, "forum_posts", postTable{
	ID:       schema.BigInteger(schema.PrimaryKey()),
	Title:    schema.String(maxTitle, orm.Validate(line)),
	Text:     schema.LongString(orm.Validate(lines)),
	AuthorID: schema.BigInteger(schema.ForeignKey("forum_users.id"), schema.Indexed()),
	Written:  schema.Timestamp(schema.DefaultFunc(time.Now)),
	Version:  schema.BigInteger(schema.Version()),
	Tags:     orm.ManyToMany[Post, Tag]{}.Over("forum_post_tags"),
})

// Comments is the table of comments.
var Comments = orm.Declare(Base, "forum_comments", commentTable{
	ID:       schema.BigInteger(schema.PrimaryKey()),
	PostID:   schema.BigInteger(schema.ForeignKey("forum_posts.id"), schema.Indexed()),
	AuthorID: schema.BigInteger(schema.ForeignKey("forum_users.id"), schema.Indexed()),
	Text:     schema.LongString(orm.Validate(lines)),
	Written:  schema.Timestamp(schema.DefaultFunc(time.Now)),
})

// Tags is the table of tags, and PostTags the one between them and posts.
var (
	Tags = orm.Declare(Base, "forum_tags", tagTable{
		ID:    schema.BigInteger(schema.PrimaryKey()),
		Name:  schema.String(maxTag, schema.Unique(), orm.Validate(checkTag)),
		Posts: orm.ManyToMany[Tag, Post]{}.Over("forum_post_tags"),
	})
	PostTags = orm.Declare(Base, "forum_post_tags", postTagTable{
		PostID: schema.BigInteger(schema.PrimaryKey(), schema.ForeignKey("forum_posts.id")),
		TagID:  schema.BigInteger(schema.PrimaryKey(), schema.ForeignKey("forum_tags.id"), schema.Indexed()),
	})
)

// Votes is the table of votes.
var Votes = orm.Declare(Base, "forum_votes", voteTable{
	PostID: schema.BigInteger(schema.PrimaryKey(), schema.ForeignKey("forum_posts.id")),
	UserID: schema.BigInteger(schema.PrimaryKey(), schema.ForeignKey("forum_users.id"), schema.Indexed()),
})

// Logins is the table of logins.
var Logins = orm.Declare(Base, "forum_logins", loginTable{
	Token:   schema.String(64, schema.PrimaryKey()),
	UserID:  schema.BigInteger(schema.ForeignKey("forum_users.id"), schema.Indexed()),
	Expires: schema.Timestamp(),
})
