SELECT "users"."id", "users"."name", "users"."email", "users"."joined" FROM "users" ORDER BY "users"."name";
