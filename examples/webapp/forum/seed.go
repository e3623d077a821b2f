package forum

import (
	"context"
	"time"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/orm"
)

// Prepare makes the tables that are not there, and fills a forum in which nobody has
// signed up with sample content. Several programs may do it at once: one of them fills.
func Prepare(ctx context.Context, db *engine.Engine) error {
	if err := check(); err != nil {
		return err
	}
	if err := db.CreateAll(ctx, Base.MetaData); err != nil {
		return err
	}
	return orm.Transact(ctx, db, func(s *orm.Session) error {
		filled, err := orm.Select(Users).Exists(ctx, s)
		if filled || err != nil {
			return err
		}
		return seed(ctx, s)
	})
}

// sample is a post of the sample content. Who writes first, and who replies and votes,
// goes round.
type sample struct {
	title, text string
	tags        []string
	replies     []string
}

// seed adds the sample content. Nobody can sign in as its people: no password has the
// hash "none".
func seed(ctx context.Context, s *orm.Session) error {
	var people []*User
	for _, name := range []string{"ada", "bruno", "chioma", "dmitri", "edda"} {
		u := &User{Name: name}
		u.Password.Set("none")
		people = append(people, u)
	}
	orm.AddAll(s, people...)
	names := map[string]*Tag{}
	start := time.Now().Add(-time.Duration(len(samples)) * 7 * time.Hour)
	for i, sample := range samples {
		post := &Post{Title: sample.title, Text: sample.text, Written: start.Add(time.Duration(i) * 7 * time.Hour)}
		post.Author.Set(people[i%len(people)])
		for _, name := range sample.tags {
			if names[name] == nil {
				names[name] = &Tag{Name: name}
			}
			post.Tags.Add(names[name])
		}
		for k, text := range sample.replies {
			reply := &Comment{Text: text, Written: post.Written.Add(time.Duration(k+1) * 47 * time.Minute)}
			reply.Author.Set(people[(i+k+1)%len(people)])
			post.Comments.Add(reply)
		}
		post.Replies = int64(len(sample.replies))
		s.Add(post)
		if err := s.Flush(ctx); err != nil { // in this order, which is that of the numbers
			return err
		}
		for k := range i * 3 % len(people) {
			s.Add(&Vote{PostID: post.ID, UserID: people[(i+k+1)%len(people)].ID})
			post.Points++
		}
	}
	return nil
}
