package forum_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alkahest-go/alkahest/examples/webapp/forum"
	"github.com/alkahest-go/alkahest/orm"
)

func TestForumSignUpAndIn(t *testing.T) {
	everywhere(t, func(t *testing.T, s *site) {
		b := s.browser(t)
		b.get("/").is(200, "Sign in", "Sign up").lacks("Sign out")
		b.get("/posts/new").is(200, `name="password"`)
		first := b.send("/sign-up", "name", "zoe", "password", "correct horse", "next", "/posts/new").is(200, "zoe", "Sign out")
		if first.path != "/posts/new" {
			t.Errorf("got to %s, want to the page that was asked for", first.path)
		}
		b.send("/sign-out").is(200, "Sign in").lacks("Sign out")
		b.send("/sign-in", "name", "zoe", "password", "wrong horse").is(422, "belong together").lacks("Sign out", "wrong horse")
		b.send("/sign-in", "name", "nobody", "password", "correct horse").is(422, "belong together")
		b.send("/sign-in", "name", "ada", "password", "none").is(422, "belong together")
		b.send("/sign-in", "name", "zoe", "password", "correct horse").is(200, "Sign out")

		other := s.browser(t)
		other.send("/sign-up", "name", "zoe", "password", "another horse").is(422, "Name is taken already").lacks("another horse")
		for _, next := range []string{"//evil.example", "https://evil.example", `/\evil.example`, "javascript:alert(1)", ""} {
			if got := other.send("/sign-in", "name", "zoe", "password", "correct horse", "next", next); got.path != "/" {
				t.Errorf("next=%s leads to %s", next, got.path)
			}
		}
	})
}

// TestForumKeepsNoSecrets reads what is in the tables: no password, and no token that
// a browser has.
func TestForumKeepsNoSecrets(t *testing.T) {
	everywhere(t, func(t *testing.T, s *site) {
		b := s.member(t, "zoe")
		cookie := ""
		b.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		answer := b.send("/sign-in", "name", "zoe", "password", "correct horse").is(303)
		for _, attribute := range []string{"HttpOnly", "SameSite=Lax", "Path=/"} {
			if cookie = answer.header.Get("Set-Cookie"); !strings.Contains(cookie, attribute) {
				t.Errorf("the cookie %s is not %s", cookie, attribute)
			}
		}
		token, _, _ := strings.Cut(strings.TrimPrefix(cookie, "forum_login="), ";")
		must(t, s.session(func(o *orm.Session) error {
			user, err := orm.Select(forum.Users).Where(forum.Users.Name.Eq("zoe")).Undefer(forum.Users.Password).One(t.Context(), o)
			if err != nil {
				return err
			}
			if hash, err := user.Password.Get(); err != nil || !strings.HasPrefix(hash, "pbkdf2-sha256$") || strings.Contains(hash, "horse") {
				t.Errorf("got the hash %q, %v", hash, err)
			}
			logins, err := orm.Select(forum.Logins).Where(forum.Logins.UserID.Eq(user.ID)).All(t.Context(), o)
			if len(logins) != 2 || token == "" {
				t.Errorf("got %d logins and the token %q, want 2", len(logins), token)
			}
			for _, l := range logins {
				if strings.Contains(l.Token, token) {
					t.Error("the table has the token of a browser")
				}
			}
			return err
		}))
	})
}

// TestForumLoginsExpire puts the end of a login into the past.
func TestForumLoginsExpire(t *testing.T) {
	everywhere(t, func(t *testing.T, s *site) {
		b := s.member(t, "zoe")
		must(t, s.session(func(o *orm.Session) error {
			login, err := orm.Select(forum.Logins).One(t.Context(), o)
			if err == nil {
				login.Expires = time.Now().Add(-time.Second)
			}
			return err
		}))
		b.get("/").is(200, "Sign in").lacks("zoe")
		b.send("/sign-in", "name", "zoe", "password", "correct horse").is(200, "zoe")
		must(t, s.session(func(o *orm.Session) error {
			n, err := orm.Select(forum.Logins).Count(t.Context(), o)
			if n != 1 {
				t.Errorf("got %d logins, want the one that is not over", n)
			}
			return err
		}))
	})
}

func TestForumPostsCommentsAndTags(t *testing.T) {
	everywhere(t, func(t *testing.T, s *site) {
		zoe, yann := s.member(t, "zoe"), s.member(t, "yann")
		post := zoe.send("/posts", "title", "  Bread & <butter> ", "text", "first line\r\n\r\nsecond line", "tags", "Zest, bread zest").
			is(200, "<h1>Bread &amp; &lt;butter&gt;</h1>", "first line\n\nsecond line", `href="/tags/zest"`, `href="/tags/bread"`, "0 replies", "Edit")
		if n := strings.Count(post.text, `href="/tags/zest"`); n != 1 {
			t.Errorf("a tag that was given twice is there %d times", n)
		}
		yann.get("/tags").is(200, "zest · 1", "bread · 5")
		yann.get("/tags/zest").is(200, "1 post<", "Bread &amp;")
		yann.get("/users/zoe").is(200, "1 post<", "Bread &amp;")

		reply := yann.send(post.path+"/comments", "text", "Salted <b>butter</b>").is(200, "1 reply", "Salted &lt;b&gt;butter&lt;/b&gt;", `href="/users/yann"`)
		if !strings.HasPrefix(reply.path, post.path+"?page=1") {
			t.Errorf("got to %s, want back to the post", reply.path)
		}
		yann.get("/recent").is(200, "Salted &lt;b&gt;", "Bread &amp;")
		yann.send(post.path+"/vote").is(200, "1 point<", `aria-pressed="true"`)
		zoe.send(post.path+"/vote").is(200, "2 points")
		yann.send(post.path+"/vote").is(200, "1 point<", `aria-pressed="false"`)
		yann.get("/").is(200, "25 posts", "Bread &amp;")
	})
}

func TestForumPagesAndSearch(t *testing.T) {
	everywhere(t, func(t *testing.T, s *site) {
		b := s.browser(t)
		b.get("/").is(200, "Soup for one hundred", "24 posts", `aria-current="page" aria-label="Page 1"`, `href="/?page=2"`, `href="/?page=3"`).lacks("Welcome to Hearth", "Previous page")
		b.get("/?page=3").is(200, "Welcome to Hearth", `href="/?page=2" rel="prev"`).lacks("Soup for one", "Next page")
		b.get("/?page=4").is(404, "Nothing here")
		for _, wrong := range []string{"0", "-1", "x", "99999999999999999999"} {
			if got := b.get("/?page=" + wrong); got.status != 404 && got.status != 400 {
				t.Errorf("page %s: got status %d", wrong, got.status)
			}
		}
		b.get("/search?q=SOURDOUGH+starter").is(200, "How often do you feed", "1 post<").lacks("Tomatoes")
		b.get("/search?q=garden").is(200, `value="garden"`)
		b.get("/search?q=100%25").is(200, "0 posts", "No posts here yet")
		b.get("/search?q=_").is(200, "0 posts")
		b.get("/search?q=%00%ff%27").is(200)
		if got := b.get("/search?q=+"); got.path != "/" {
			t.Errorf("an empty search leads to %s", got.path)
		}
		b.get("/search?q=e&page=2").is(200, `href="/search?page=1&amp;q=e"`)
		for _, path := range []string{"/posts/4711", "/posts/x", "/posts/1.5", "/users/nobody", "/tags/nothing", "/tags/%00%ff", "/nowhere"} {
			b.get(path).is(404, "Nothing here")
		}
	})
}

// TestForumRecentByPosition turns the pages of replies, while a new one comes.
func TestForumRecentByPosition(t *testing.T) {
	everywhere(t, func(t *testing.T, s *site) {
		b, zoe := s.browser(t), s.member(t, "zoe")
		first := b.get("/recent").is(200, "Lentils. They wait").lacks("Newer")
		zoe.send("/posts/1/comments", "text", "as new as can be").is(200)
		second := b.get(link(first, "Older")).is(200, "Newer").lacks("as new as can be", "Lentils. They wait")
		b.get(link(second, "Newer")).is(200, "Lentils. They wait").lacks("as new as can be")
		b.get("/recent").is(200, "as new as can be")
		if got := b.get(link(first, "Older") + "x"); got.status != 400 {
			t.Errorf("a position that was changed: got status %d, want 400", got.status)
		}
	})
}

// link returns where a link with this text leads.
func link(a answer, text string) string {
	a.t.Helper()
	before, _, ok := strings.Cut(a.text, text)
	i := strings.LastIndex(before, `href="`)
	if !ok || i < 0 {
		a.t.Fatalf("%s: no link %s", a.path, text)
	}
	to, _, _ := strings.Cut(before[i+len(`href="`):], `"`)
	return strings.ReplaceAll(to, "&amp;", "&")
}

func TestForumConflict(t *testing.T) {
	everywhere(t, func(t *testing.T, s *site) {
		desk := s.member(t, "zoe")
		phone := s.browser(t)
		phone.send("/sign-in", "name", "zoe", "password", "correct horse").is(200)
		post := desk.send("/posts", "title", "Plum cake", "text", "Flour.\nPlums.", "tags", "cake").is(200)

		onDesk, onPhone := desk.get(post.path+"/edit").is(200).value("version"), phone.get(post.path+"/edit").is(200).value("version")
		desk.send(post.path + "/vote").is(200) // a vote is no edit
		desk.send(post.path+"/comments", "text", "nor is a reply").is(200)
		desk.send(post.path, "version", onDesk, "title", "Plum cake", "text", "Flour.\nTen plums.", "tags", "cake").is(200, "Ten plums.", "edited")

		conflict := phone.send(post.path, "version", onPhone, "title", "Plum cake", "text", "Flour.\nPlums.\nCinnamon.", "tags", "cake, spice").
			is(409, "<mark>Ten plums.</mark>", "<mark>Plums.\n</mark>", "<mark>Cinnamon.</mark>", "Flour.\nPlums.\nCinnamon.</textarea>", "cake, spice")
		desk.get(post.path).is(200, "Ten plums.").lacks("Cinnamon", "spice")

		phone.send(post.path, "version", conflict.value("version"), "title", "Plum cake", "text", "Flour.\nTen plums.\nCinnamon.", "tags", "cake, spice").
			is(200, "Flour.\nTen plums.\nCinnamon.", "spice")
		phone.send(post.path, "version", conflict.value("version"), "title", "Late", "text", "too late").is(409)
		phone.send(post.path, "title", "x", "text", "y").is(422)
		phone.send(post.path, "version", "x", "title", "x", "text", "y").is(422)
	})
}

// TestForumConflictsAtOnce sends edits of one version at the same time: one is saved,
// and all others are shown what it has saved.
func TestForumConflictsAtOnce(t *testing.T) {
	everywhere(t, func(t *testing.T, s *site) {
		zoe := s.member(t, "zoe")
		post := zoe.send("/posts", "title", "Plum cake", "text", "Flour.").is(200)
		version := zoe.get(post.path + "/edit").value("version")
		const editors = 8
		answers := make([]answer, editors)
		var all sync.WaitGroup
		for i := range editors {
			all.Go(func() {
				answers[i] = zoe.send(post.path, "version", version, "title", "Plum cake", "text", fmt.Sprintf("Flour. %d", i), "tags", "cake")
			})
		}
		all.Wait()
		saved := -1
		for i, a := range answers {
			switch {
			case a.status == 200 && saved < 0:
				saved = i
			case a.status != 409:
				t.Errorf("editor %d: got status %d, want 409", i, a.status)
			}
		}
		zoe.get(post.path).is(200, fmt.Sprintf("Flour. %d", saved))
	})
}
