package forum_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/alkahest-go/alkahest/examples/webapp/forum"
	"github.com/alkahest-go/alkahest/orm"
)

func TestForumValidation(t *testing.T) {
	everywhere(t, func(t *testing.T, s *site) {
		b := s.browser(t)
		b.send("/sign-up", "name", "Zoë!", "password", "short").is(422, "Name must have 3 to 20", "Password must have 8", `value="Zoë!"`, `aria-invalid="true"`).lacks("short")
		zoe := s.member(t, "zoe")
		zoe.send("/posts", "title", " ", "text", "", "tags", "ok").is(422, `id="title-wrong"`, `id="text-wrong"`, `value="ok"`)
		zoe.send("/posts", "title", strings.Repeat("ä", 121), "text", "kept", "tags", "a,b,c,d,e,f").is(422, "Title must not be longer than 120", "Tags must be 5 at most", ">kept</textarea>")
		zoe.send("/posts", "title", "x", "text", "y", "tags", "no_underscores").is(422, "Tags must be letters, digits")
		zoe.send("/posts", "title", strings.Repeat("ä", 120), "text", strings.Repeat("ö", 10_000), "tags", strings.Repeat("t", 24)).is(200, strings.Repeat("ö", 10_000))
		zoe.send("/posts", "title", "odd\x00", "text", "\xff\x00 🥖", "tags", "").is(422, "Title has characters", "Text has characters")
		zoe.send("/posts", "title", "\u202e odd 🥖", "text", "a\u0301", "tags", "").is(200, "odd 🥖")
		zoe.send("/posts/1/comments", "text", " ").is(422, `id="text-wrong"`)
		zoe.send("/posts/1/comments", "text", strings.Repeat("x", 10_001)).is(422, "must not be longer than 10000")
		zoe.send("/posts/4711/comments", "text", "to nobody").is(404)
		zoe.send("/posts/4711/vote").is(404)
		zoe.send("/posts", "title", "x", "text", strings.Repeat("x", 2<<20)).is(413, "Too long")
	})
}

// TestForumMassAssignment sends what the forms don't have.
func TestForumMassAssignment(t *testing.T) {
	everywhere(t, func(t *testing.T, s *site) {
		zoe := s.member(t, "zoe")
		post := zoe.send("/posts", "title", "Mine", "text", "of me", "id", "1", "author_id", "1", "points", "99", "replies", "7", "version", "9", "written", "2001-01-01")
		if post.status == 200 {
			post.is(200, `href="/users/zoe"`, "0 points", "0 replies").lacks("2001")
		} else if post.status != 422 && post.status != 400 {
			t.Errorf("got status %d", post.status)
		}
		zoe.get("/posts/1").is(200, "Welcome to Hearth", `href="/users/ada"`)
	})
}

func TestForumAuthorisation(t *testing.T) {
	everywhere(t, func(t *testing.T, s *site) {
		zoe, nobody := s.member(t, "zoe"), s.browser(t)
		zoe.get("/posts/1").is(200).lacks(">Edit<")
		zoe.get("/posts/1/edit").is(403, "Not yours")
		zoe.send("/posts/1", "version", "1", "title", "taken over", "text", "by zoe").is(403)
		for _, path := range []string{"/posts", "/posts/1", "/posts/1/comments", "/posts/1/vote"} {
			nobody.send(path, "version", "1", "title", "taken over", "text", "by nobody").is(200, `name="password"`)
		}
		nobody.get("/posts/1").is(200, "Welcome to Hearth").lacks("taken over", "by nobody")
		nobody.get("/").is(200, "24 posts")
		r, err := http.NewRequest(http.MethodGet, s.URL+"/posts/1/edit", nil)
		must(t, err)
		r.AddCookie(&http.Cookie{Name: "forum_login", Value: "guessed"})
		nobody.do(r).is(200, `name="password"`)
	})
}

func TestForumCrossOriginFormsAreRefused(t *testing.T) {
	everywhere(t, func(t *testing.T, s *site) {
		zoe := s.member(t, "zoe")
		for _, h := range []http.Header{
			{"Sec-Fetch-Site": {"cross-site"}},
			{"Sec-Fetch-Site": {"same-site"}},
			{"Origin": {"https://evil.example"}},
			{"Origin": {"null"}},
		} {
			r, err := http.NewRequest(http.MethodPost, s.URL+"/posts", strings.NewReader("title=forged&text=forged"))
			must(t, err)
			r.Header = h
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			zoe.do(r).is(403)
		}
		zoe.get("/").is(200, "24 posts").lacks("forged")
	})
}

// TestForumManyAtOnce has members that reply and vote on the same posts at the same
// time. The books are looked at after it.
func TestForumManyAtOnce(t *testing.T) {
	everywhere(t, func(t *testing.T, s *site) {
		const members, each = 6, 5
		var all sync.WaitGroup
		for m := range members {
			b := s.member(t, fmt.Sprintf("member%d", m))
			all.Go(func() {
				for i := range each {
					path := fmt.Sprintf("/posts/%d", 1+(m+i)%3)
					if got := b.send(path+"/comments", "text", "me too"); got.status != 200 {
						t.Errorf("a reply: got status %d", got.status)
					}
					if got := b.send(path + "/vote"); got.status != 200 && got.status != 409 {
						t.Errorf("a vote: got status %d", got.status)
					}
				}
			})
		}
		all.Wait()
		must(t, s.session(func(o *orm.Session) error {
			n, err := orm.Select(forum.Comments).Where(forum.Comments.Text.Eq("me too")).Count(t.Context(), o)
			if n != members*each {
				t.Errorf("got %d replies, want %d", n, members*each)
			}
			return err
		}))
	})
}
