package parser

// mixed has a line of each kind, as Logplex sends them.
var mixed = []string{
	`<172>1 2026-11-22T20:00:01.398833+00:00 host heroku logplex - Error L10 (output buffer overflow): 12 messages dropped since 2026-11-22T19:59:37.307999+00:00.`,
	`<134>1 2026-11-22T20:00:02.898551+00:00 host heroku router - at=info method=GET path="/api/Schlachter 1951/books?x=1" host=www.example.com request_id=407b828f-ec16-bfef-cff3-25e749e57945 fwd="203.0.113.78, 203.0.113.79" dyno=web.1 connect=1ms service=459ms status=200 bytes=15225 protocol=http1.1 tls=true tls_version=tls1.3` + "\n",
	`<158>1 2026-11-22T20:00:02.998551+00:00 host heroku router - at=error code=H12 desc="Request timeout" method=POST path="/poll" host=www.example.com request_id=50a4bf5b-0932-45bd-89ff-95a4fb89cc3d fwd="203.0.113.74" dyno=web.1 connect=1ms service=30000ms status=503 bytes=0 protocol=https` + "\n",
	`<190>1 2026-11-22T20:00:03.66229+00:00 host app web.1 - {"level":"info","sample#memory_rss":"1MB"}` + "\n",
	`<190>1 2026-11-22T20:00:03.66229+00:00 host app worker-7f9c4b5d6-x2k8p - Error R14 (Memory quota exceeded)` + "\n",
	`<190>1 2026-11-22T20:00:03.7+00:00 host app dramatiqworker.2 -`,
	`<45>1 2026-11-22T20:00:04+00:00 host heroku web.1 - State changed from up to crashed` + "\n",
	`<45>1 2026-11-22T20:00:05.589963+00:00 host heroku web.1 - Process running mem=870M(170.1%)` + "\n",
	`<45>1 2026-11-22T20:00:05.592108+00:00 host heroku web.1 - Error R14 (Memory quota exceeded)` + "\n",
	`<134>1 2026-11-22T20:00:06.835127+00:00 host heroku web.1 - source=web.1 dyno=heroku.261104379.cd817c77-4f8e-4e68-b42a-3dea4e04d99c sample#memory_total=221.47MB sample#memory_rss=217.77MB sample#memory_cache=3.70MB sample#memory_swap=0.00MB sample#memory_pgpgin=149293pages sample#memory_pgpgout=123257pages sample#memory_quota=512.00MB` + "\n",
	`<133>1 2026-11-22T20:00:07.193493+00:00 host app api - Scaled to web@4:Standard-1X worker@0:Basic by user user@example.com` + "\n",
	`<134>1 2026-11-22T20:00:08+00:00 host app heroku-redis - source=REDIS addon=redis-rugged-24473 sample#active-connections=4 sample#max-connections=18 sample#connection-percentage-used=0.22222 sample#memory-total=16167800kB sample#memory-redis=5116080bytes sample#hit-rate=0.0013079 sample#evicted-keys=0`,
	`<134>1 2026-11-22T20:00:09+00:00 host app heroku-postgres - source=DATABASE addon=postgresql-curly-12345 sample#db_size=26219348792bytes sample#wal-percentage-used=0.06427136779541504` + "\n",
	`<134>1 2026-11-22T20:00:10+00:00 host app postgres.1105947 - [YELLOW] [12-1]  sql_error_code = 00000 LOG:  duration: 2405.887 ms` + "\n",
	`<134>1 2026-11-22T20:00:11+00:00 host app heroku-pgbouncer - source=pgbouncer addon=postgresql-curly-12345 sample#client_active=3 sample#max_wait=0.0` + "\n",
}

func mixedBody() []byte {
	var body string
	for _, line := range mixed {
		body += frame(line)
	}
	return []byte(body)
}
