SELECT "posts"."id", "posts"."title", "posts"."author_id" FROM "posts";
SELECT "users"."id", "users"."name", "users"."admin", "users"."id" FROM "users" WHERE "users"."id" IN ($1, $2);
