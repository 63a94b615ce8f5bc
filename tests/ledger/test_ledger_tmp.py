from ledger import history
def test_a(ledger): 
    with ledger.read() as c: assert history.broken_invariants(c)=={}
def test_b(postgres_url, redis_url, simulator):
    print(postgres_url, redis_url, simulator.url)
def test_c(database_url): pass
