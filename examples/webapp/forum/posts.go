package forum

import (
	"fmt"
	"net/http"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/web"
)

const (
	commentsPerPage = 50
	maxSearch       = 100
)

// postsPage is a page of posts: all of them, those of a tag, of a user, of a search.
type postsPage struct {
	Heading string
	Found   string // how many, in words
	Search  string
	Pages   *web.Pagination[*Post]
}

// whole is a query of posts with what belongs to them: the authors in the same
// statement, all tags by one more. newest is the order of lists.
var (
	whole  = orm.Select(Posts).With(Posts.Author.InnerJoined(), Posts.Tags.OrderBy(Tags.Name.Asc()))
	newest = whole.OrderBy(Posts.ID.Desc())
)

func (a *App) home(v *visit) error {
	return v.list(newest, page{Title: "Posts", Place: "posts"}, postsPage{Heading: "Posts"})
}

func (a *App) search(v *visit) error {
	text := searched(v.r.FormValue("q"))
	if text == "" {
		return v.redirect("/")
	}
	q := newest.Where(expr.Or(Posts.Title.IContains(text), Posts.Text.IContains(text)))
	return v.list(q, page{Title: "Search: " + text}, postsPage{Heading: "Search", Search: text})
}

func (a *App) tagged(v *visit) error {
	name := searched(v.r.PathValue("name"))
	tag, err := web.OneOr404(v.ctx(), v.s, orm.Select(Tags).Where(Tags.Name.Eq(name)))
	if err != nil {
		return err
	}
	return v.list(newest.Where(Posts.Tags.Contains(tag)), page{Title: "About " + tag.Name, Place: "tags"}, postsPage{Heading: "About " + tag.Name})
}

func (a *App) writtenBy(v *visit) error {
	user, err := web.OneOr404(v.ctx(), v.s, orm.Select(Users).Where(Users.Name.Eq(searched(v.r.PathValue("name")))))
	if err != nil {
		return err
	}
	return v.list(newest.Where(Posts.Author.Is(user)), page{Title: user.Name}, postsPage{Heading: "By " + user.Name})
}

// list shows a page of the posts that a query finds. They are shown and not changed,
// so that nothing has to watch them.
func (v *visit) list(q orm.Query[Post], frame page, p postsPage) error {
	found, err := web.Paginate(v.r, v.s, q.NoTrack(), web.PageOptions{PerPage: 10, FixedPerPage: true})
	if err != nil {
		return err
	}
	p.Pages = found
	p.Found = fmt.Sprintf("%d %s", found.Total, plural(found.Total, "post"))
	frame.Data = p
	return v.show(http.StatusOK, "posts", frame)
}

// tagCount is a tag, and how many posts it has.
type tagCount struct {
	Name  string
	Posts int64
}

func (a *App) tags(v *visit) error {
	rows, err := orm.SelectAs[tagCount](Tags.Name, expr.Count(Posts.ID).As("posts")).
		From(Tags).
		Join(Tags.Posts).
		GroupBy(Tags.Name).
		OrderBy(Tags.Name.Asc()).
		All(v.ctx(), v.s)
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "tags", page{Title: "Tags", Place: "tags", Data: rows})
}

// postPage is a post with a page of its comments.
type postPage struct {
	Post     *Post
	Comments *web.Pagination[*Comment]
	User     *User
	Mine     bool // the visitor has written it
	Voted    bool // the visitor has given it a point
	Form     form
}

func (a *App) showPost(v *visit) error {
	post, err := v.post()
	if err != nil {
		return err
	}
	return v.showPost(http.StatusOK, post, form{})
}

// post reads the post of the path with what belongs to it.
func (v *visit) post() (*Post, error) {
	id, err := v.id()
	if err != nil {
		return nil, err
	}
	return whole.Get(v.ctx(), v.s, id)
}

// showPost shows a post and a page of its comments.
func (v *visit) showPost(status int, post *Post, f form) error {
	q := Posts.Comments.Select(post).OrderBy(Comments.ID.Asc()).With(Comments.Author.InnerJoined())
	comments, err := web.Paginate(v.r, v.s, q.NoTrack(), web.PageOptions{PerPage: commentsPerPage, FixedPerPage: true})
	if err != nil {
		return err
	}
	p := postPage{Post: post, Comments: comments, User: v.user, Form: f}
	if v.user != nil {
		p.Mine = post.AuthorID == v.user.ID
		p.Voted, err = orm.Select(Votes).Where(Votes.PostID.Eq(post.ID), Votes.UserID.Eq(v.user.ID)).Exists(v.ctx(), v.s)
		if err != nil {
			return err
		}
	}
	return v.show(status, "post", page{Title: post.Title, Place: "posts", Data: p})
}
