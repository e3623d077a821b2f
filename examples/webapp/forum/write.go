package forum

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/web"
)

// editPage is the form of a post.
type editPage struct {
	Post    *Post // nil for a new one
	Version int64 // what the edit is made on
	Form    form
	Action  string
	Back    string
	Button  string
}

func (a *App) askPost(v *visit) error { return v.newPost(http.StatusOK, form{}) }

func (v *visit) newPost(status int, f form) error {
	return v.show(status, "edit", page{Title: "New post", Data: editPage{Form: f, Action: "/posts", Back: "/", Button: "Post"}})
}

func (a *App) addPost(v *visit) error {
	post := &Post{AuthorID: v.user.ID}
	f, err := decode(v, postForm, post)
	if err != nil {
		return err
	}
	names := f.tags()
	if len(f.FieldErrors) > 0 {
		return v.newPost(http.StatusUnprocessableEntity, f)
	}
	tags, err := tagsOf(v.ctx(), v.s, names)
	if err != nil {
		return err
	}
	post.Tags.Add(tags...)
	v.s.Add(post)
	if err := v.s.Flush(v.ctx()); err != nil { // gives the post its number
		return err
	}
	return v.redirect(pathOf(post.ID))
}

func (a *App) askEdit(v *visit) error {
	post, err := v.myPost()
	if err != nil {
		return err
	}
	tags, err := tagList(post)
	if err != nil {
		return err
	}
	f := form{sent: url.Values{"title": {post.Title}, "text": {post.Text}, "tags": {tags}}}
	return v.edit(http.StatusOK, post, f)
}

// myPost is the post of the path, if the visitor has written it.
func (v *visit) myPost() (*Post, error) {
	post, err := v.post()
	if err == nil && post.AuthorID != v.user.ID {
		err = &web.StatusError{Status: http.StatusForbidden, Text: "only its author edits a post"}
	}
	return post, err
}

func (v *visit) edit(status int, post *Post, f form) error {
	return v.show(status, "edit", page{Title: "Edit post", Data: editOf(post, f)})
}

func editOf(post *Post, f form) editPage {
	return editPage{Post: post, Version: post.Version, Form: f, Action: pathOf(post.ID), Back: pathOf(post.ID), Button: "Save"}
}

// editPost writes an edit, if the post is still what the edit was made on. Decode finds
// that out, by the version in the form; and where another edit comes between that and
// the UPDATE, the session finds no row of the version.
func (a *App) editPost(v *visit) error {
	post, err := v.myPost()
	if err != nil {
		return err
	}
	f, err := decode(v, editForm, post)
	names := f.tags()
	switch {
	case errors.Is(err, web.ErrConflict):
		return v.conflict(post, f)
	case err != nil:
		return err
	case len(f.FieldErrors) > 0:
		return v.edit(http.StatusUnprocessableEntity, post, f)
	}
	err = v.save(post, names)
	if _, stale := errors.AsType[*orm.StaleError](err); stale {
		if err := v.s.Rollback(v.ctx()); err != nil {
			return err
		}
		if post, err = v.myPost(); err != nil {
			return err
		}
		return v.conflict(post, f)
	}
	if err != nil {
		return err
	}
	return v.redirect(pathOf(post.ID))
}

// save writes an edited post. The time makes an UPDATE of an edit that changed only
// tags, so that it has a version too.
func (v *visit) save(post *Post, names []string) error {
	now := time.Now()
	post.Edited = &now
	if err := v.s.Flush(v.ctx()); err != nil {
		return err
	}
	tags, err := tagsOf(v.ctx(), v.s, names)
	if err != nil {
		return err
	}
	if err := post.Tags.Set(tags...); err != nil {
		return err
	}
	return v.s.Flush(v.ctx())
}

// comment adds a comment and counts it. The post's row is written first, so that it is
// locked before the comment's foreign key looks at it: two comments at once wait for
// each other then, where they might lock each other out.
func (a *App) comment(v *visit) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	comment := &Comment{PostID: id, AuthorID: v.user.ID}
	f, err := decode(v, commentForm, comment)
	if err != nil {
		return err
	}
	if len(f.FieldErrors) > 0 {
		post, err := v.post()
		if err != nil {
			return err
		}
		return v.showPost(http.StatusUnprocessableEntity, post, f)
	}
	if err := v.count(id, Posts.Replies.SetExpr(Posts.Replies.Add(1))); err != nil {
		return err
	}
	v.s.Add(comment)
	// The query flushes first, so that the comment has its number too.
	replies, err := orm.SelectAs[int64](Posts.Replies).Where(Posts.ID.Eq(id)).One(v.ctx(), v.s)
	if err != nil {
		return err
	}
	return v.redirect(fmt.Sprintf("%s?page=%d#comment-%d", pathOf(id), (replies-1)/commentsPerPage+1, comment.ID))
}

// vote gives a point, or takes it back. A second one at the same time finds the row
// there, or gone, and is refused as a whole.
func (a *App) vote(v *visit) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	given, err := orm.Select(Votes).Where(Votes.PostID.Eq(id), Votes.UserID.Eq(v.user.ID)).OneOrNone(v.ctx(), v.s)
	if err != nil {
		return err
	}
	by := int64(1)
	if given != nil {
		by = -1
	}
	if err := v.count(id, Posts.Points.SetExpr(Posts.Points.Add(by))); err != nil {
		return err
	}
	if given != nil {
		v.s.Delete(given)
	} else {
		v.s.Add(&Vote{PostID: id, UserID: v.user.ID})
	}
	return v.redirect(pathOf(id))
}

// count changes a counter of a post, which is no edit: the version stays.
func (v *visit) count(post int64, counter expr.Assignment) error {
	n, err := orm.Update(Posts).
		Set(counter, Posts.Version.SetExpr(Posts.Version)).
		Where(Posts.ID.Eq(post)).
		Exec(v.ctx(), v.s)
	if err == nil && n == 0 {
		return sqlerr.ErrNoRows
	}
	return err
}

// tagsOf returns the tags of these names, which are sorted, and makes those that are
// new. Somebody else may make one at the same time: then it is there already.
func tagsOf(ctx context.Context, s *orm.Session, names []string) ([]*Tag, error) {
	if len(names) == 0 {
		return nil, nil
	}
	named := orm.Select(Tags).Where(Tags.Name.In(names...)).OrderBy(Tags.Name.Asc())
	there, err := named.All(ctx, s)
	if err != nil || len(there) == len(names) {
		return there, err
	}
	list := make([]*Tag, len(names))
	for i, name := range names {
		list[i] = &Tag{Name: name}
	}
	if _, err := orm.Upsert(ctx, s, list, expr.OnConflict(Tags.Name).DoNothing()); err != nil {
		return nil, err
	}
	return named.All(ctx, s)
}

func pathOf(post int64) string { return "/posts/" + strconv.FormatInt(post, 10) }
