import java.math.BigDecimal;
import java.sql.*;
import java.time.LocalDate;
import java.util.*;

/** What a tool on JDBC asks of a database before it shows a table, and how it reads one. */
public class Jdbc {
	static int n = 0, failed = 0;

	static void ok(boolean condition, String name, Object detail) {
		System.out.println((condition ? "ok " : "not ok ") + ++n + " - " + name);
		if (!condition) {
			failed++;
			System.out.println("# " + detail);
		}
	}

	public static void main(String[] arguments) throws SQLException {
		var env = System.getenv();
		var url = "jdbc:postgresql://" + env.get("PGHOST") + ":" + env.get("PGPORT") + "/" + env.get("PGDATABASE");
		try (var connection = DriverManager.getConnection(url, env.get("PGUSER"), env.get("PGPASSWORD"))) {
			metadata(connection);
			values(connection);
		}
		System.out.println("1.." + n);
		System.exit(failed == 0 ? 0 : 1);
	}

	static void metadata(Connection connection) throws SQLException {
		var known = Set.of(Types.VARCHAR, Types.NUMERIC, Types.BIT, Types.BOOLEAN, Types.INTEGER, Types.BIGINT, Types.DATE, Types.TIMESTAMP);
		var data = connection.getMetaData();
		var tables = new ArrayList<String>();
		var uncommented = new ArrayList<String>();
		try (var r = data.getTables(null, "elg", "%", new String[] {"TABLE"})) {
			while (r.next()) {
				tables.add(r.getString("TABLE_NAME"));
				if (r.getString("REMARKS") == null)
					uncommented.add(r.getString("TABLE_NAME"));
			}
		}
		ok(tables.size() > 40, "the relations are tables", tables);
		ok(uncommented.isEmpty(), "each with its remarks", uncommented);

		var strange = new ArrayList<String>();
		var silent = new ArrayList<String>();
		var unlimited = new ArrayList<String>();
		var unkeyed = new ArrayList<String>(tables);
		try (var r = data.getColumns(null, "elg", "%", "%")) {
			while (r.next()) {
				var column = r.getString("TABLE_NAME") + "." + r.getString("COLUMN_NAME");
				var type = r.getInt("DATA_TYPE");
				if (!known.contains(type) && !Set.of("jsonb", "interval").contains(r.getString("TYPE_NAME")))
					strange.add(column + " " + r.getString("TYPE_NAME"));
				if (type == Types.NUMERIC && (r.getInt("COLUMN_SIZE") > 24 || r.getInt("COLUMN_SIZE") == 0))
					unlimited.add(column);
				if (r.getString("REMARKS") == null)
					silent.add(column);
			}
		}
		ok(strange.isEmpty(), "each column has a type that JDBC names, but jsonb and the lengths of time in the settings", strange);
		ok(unlimited.isEmpty(), "each number says its digits", unlimited);
		ok(silent.isEmpty(), "each column has its remarks", silent);
		for (var table : tables)
			try (var r = data.getPrimaryKeys(null, "elg", table)) {
				if (r.next())
					unkeyed.remove(table);
			}
		ok(unkeyed.isEmpty(), "each has a primary key", unkeyed);
	}

	static void values(Connection connection) throws SQLException {
		BigDecimal amount = BigDecimal.ZERO, split = BigDecimal.ZERO;
		boolean cents = true;
		int rows = 0;
		// As Metabase does: named parameters become ?, and dates are LocalDate.
		try (var s = connection.prepareStatement("SELECT amount, credited_amount, company_amount FROM elg.deal_fact WHERE outcome = ? AND closed_on >= ? AND credited_amount IS NOT NULL")) {
			s.setString(1, "won");
			s.setObject(2, LocalDate.of(2000, 1, 1));
			s.setFetchSize(50);
			try (var r = s.executeQuery()) {
				cents = r.getMetaData().getPrecision(1) == 18 && r.getMetaData().getScale(1) == 2;
				for (; r.next(); rows++) {
					amount = amount.add(r.getBigDecimal(1));
					split = split.add(r.getBigDecimal(2)).add(r.getBigDecimal(3));
				}
			}
		}
		ok(rows > 100 && cents, "money has 18 digits, two of them cents", rows);
		ok(amount.equals(split), "and is conserved", amount + " " + split);

		try (var s = connection.prepareStatement("SELECT ?::ecosystem.company_domain")) {
			s.setString(1, "https://www.acme.co.uk/about");
			try (var r = s.executeQuery()) {
				r.next();
				ok("acme.co.uk".equals(r.getString(1)), "a parameter is cast to a type of the extension", r.getString(1));
			}
			s.setString(1, "not a domain");
			try {
				s.executeQuery();
				ok(false, "what is none is refused", null);
			} catch (SQLException e) {
				ok(e.getSQLState().equals("22P02"), "what is none is refused", e);
			}
		}
		try (var s = connection.createStatement(); var r = s.executeQuery("SELECT closed_on, closed_at FROM elg.deal_fact WHERE closed_on IS NOT NULL LIMIT 1")) {
			r.next();
			ok(r.getObject(1, LocalDate.class) != null && r.getObject(2, java.time.OffsetDateTime.class) != null, "days and times are those of java.time", null);
		}
	}
}
