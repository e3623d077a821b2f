package browser

import "testing"

const password = "correct horse"

// member opens a window in which somebody has signed up.
func member(t *testing.T, site, name string) *tab {
	t.Helper()
	b := open(t, site)
	b.follow("Sign up")
	b.fill("Name", name, "Password", password)
	b.press("Sign up", 200)
	b.shows(name, "Sign out")
	return b
}

func TestBrowserSignsUpPostsAndTurnsPages(t *testing.T) {
	t.Parallel()
	b := open(t, site(t))
	b.follow("New post")
	b.follow("Sign up")
	b.fill("Name", "Zoe!", "Password", "short")
	b.press("Sign up", 422)
	b.shows("Name must have 3 to 20 characters", "Password must have 8")
	b.fill("Name", "zoe", "Password", password)
	b.press("Sign up", 200)
	b.shows("zoe", "Sign out")

	b.follow("New post")
	b.fill("Title", "Plum cake", "Text", "Flour.\nPlums <b>and</b> more plums.", "Tags", "Cake, plums")
	b.press("Post", 200)
	b.shows("Plum cake", "Plums <b>and</b> more plums.", "cake", "0 replies")
	b.fill("Your reply", "And cinnamon.")
	b.press("Reply", 200)
	b.shows("1 reply", "And cinnamon.")
	b.press("0 points", 200)
	b.shows("1 point")

	b.follow("Posts")
	b.shows("25 posts", "Plum cake")
	b.follow("Next page")
	b.follow("Page 3")
	b.shows("Welcome to Hearth")
	b.follow("Previous page")
	b.follow("Recent")
	b.shows("And cinnamon.")
	b.follow("Older →")
	b.follow("← Newer")
	b.shows("And cinnamon.")
	b.follow("Posts")
	b.fill("Search posts", "PLUM")
	b.press("Search", 200)
	b.shows("Plum cake", "1 post")
	b.follow("cake")
	b.shows("About cake", "2 posts")

	b.press("Sign out", 200)
	b.follow("Sign in")
	b.fill("Name", "zoe", "Password", "wrong horse")
	b.press("Sign in", 422)
	b.fill("Password", password)
	b.press("Sign in", 200)
	b.shows("Sign out")
	b.silent()
}

// TestBrowserConflict edits a post in two windows of one member. The second is shown
// both texts, and saves what it makes of them.
func TestBrowserConflict(t *testing.T) {
	t.Parallel()
	site := site(t)
	desk := member(t, site, "zoe")
	phone := open(t, site)
	phone.follow("Sign in")
	phone.fill("Name", "zoe", "Password", password)
	phone.press("Sign in", 200)

	desk.follow("New post")
	desk.fill("Title", "Plum cake", "Text", "Flour.\nPlums.")
	desk.press("Post", 200)
	phone.follow("Posts")
	phone.follow("Plum cake")
	for _, b := range []*tab{desk, phone} {
		b.follow("Edit")
	}
	desk.fill("Text", "Flour.\nTen plums.")
	desk.press("Save", 200)
	desk.shows("Ten plums.", "edited")

	phone.fill("Text", "Flour.\nPlums.\nCinnamon.")
	phone.press("Save", 409)
	phone.shows("What is saved now", "Ten plums.", "What you wrote", "Cinnamon.")
	phone.fill("Text", "Flour.\nTen plums.\nCinnamon.")
	phone.press("Save the merged version", 200)
	phone.shows("Flour.\nTen plums.\nCinnamon.")
	desk.silent()
	phone.silent()
}
