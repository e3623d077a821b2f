package byhand

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

func (a *App) home(v *visit) error {
	return a.list(v, "", page{Title: "Posts", Place: "posts"}, postsPage{Heading: "Posts"})
}

func (a *App) search(v *visit) error {
	text := clean(v.r.FormValue("q"))
	return a.list(v, text, page{Title: "Search: " + text}, postsPage{Heading: "Search", Search: text})
}

func (a *App) list(v *visit, search string, frame page, p postsPage) error {
	n := pageNumberOf(v.r)
	total, err := a.sql.count(v.ctx(), search)
	if err != nil {
		return err
	}
	posts, err := a.sql.posts(v.ctx(), search, (n-1)*postsPerPage)
	if err != nil {
		return err
	}
	if len(posts) == 0 && n > 1 {
		return errNotFound
	}
	if err := a.sql.tagsOf(v.ctx(), posts); err != nil {
		return err
	}
	p.Found, p.Pages = found(total), &pages[*post]{posts, n, postsPerPage, total, *v.r.URL}
	frame.Data = p
	return a.show(v, "posts", frame)
}

func (a *App) showPost(v *visit) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	p := postPage{User: v.user}
	if p.Post, err = a.sql.post(v.ctx(), id); err != nil {
		return err
	}
	if err := a.sql.tagsOf(v.ctx(), []*post{p.Post}); err != nil {
		return err
	}
	n := pageNumberOf(v.r)
	total, err := a.sql.countComments(v.ctx(), id)
	if err != nil {
		return err
	}
	comments, err := a.sql.comments(v.ctx(), id, (n-1)*commentsPerPage)
	if err != nil {
		return err
	}
	p.Comments = &pages[*comment]{comments, n, commentsPerPage, total, *v.r.URL}
	if v.user != nil {
		p.Mine = p.Post.AuthorID == v.user.ID
		if p.Voted, err = a.sql.voted(v.ctx(), id, v.user.ID); err != nil {
			return err
		}
	}
	return a.show(v, "post", page{Title: p.Post.Title, Place: "posts", Data: p})
}

func (a *App) addPost(v *visit) error {
	title, text := strings.Join(strings.Fields(clean(v.r.PostFormValue("title"))), " "), clean(v.r.PostFormValue("text"))
	if title == "" || text == "" {
		http.Error(v.w, "Please write something", http.StatusUnprocessableEntity)
		return nil
	}
	names := strings.FieldsFunc(strings.ToLower(clean(v.r.PostFormValue("tags"))), func(c rune) bool { return c == ',' || c == ' ' })
	slices.Sort(names)
	id, err := a.sql.addPost(v.ctx(), v.user.ID, title, text, slices.Compact(names))
	if err != nil {
		return err
	}
	http.Redirect(v.w, v.r, fmt.Sprintf("/posts/%d", id), http.StatusSeeOther)
	return nil
}

func (a *App) comment(v *visit) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	text := clean(v.r.PostFormValue("text"))
	if text == "" {
		http.Error(v.w, "Please write something", http.StatusUnprocessableEntity)
		return nil
	}
	added, before, err := a.sql.addComment(v.ctx(), id, v.user.ID, text)
	if err != nil {
		return err
	}
	http.Redirect(v.w, v.r, fmt.Sprintf("/posts/%d?page=%d#comment-%d", id, before/commentsPerPage+1, added), http.StatusSeeOther)
	return nil
}

func (a *App) vote(v *visit) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	if err := a.sql.vote(v.ctx(), id, v.user.ID); err != nil {
		return err
	}
	http.Redirect(v.w, v.r, fmt.Sprintf("/posts/%d", id), http.StatusSeeOther)
	return nil
}
